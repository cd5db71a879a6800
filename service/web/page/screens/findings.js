// @ts-check
/**
 * The parts of an answer: one's own photo beside a candidate's picture, what is known of it, and what else was seen.
 * @typedef {import("../store.js").Entry} Entry
 * @typedef {import("photocode-contract").Lookup} Lookup
 * @typedef {import("photocode-contract").Candidate} Candidate
 */
import { h, put } from "../dom.js";
import { newDraft } from "../draft.js";
import { icon } from "../icons.js";
import { maybe, t } from "../i18n.js";
import { cornersOf, photoView } from "../photoview.js";
import { newEntry } from "../queue.js";
import { sizeOf } from "../shrink.js";
import { fieldWords, reasonWords } from "../words.js";
import { enqueued } from "./keeping.js";

const ROWS = 4;

/** Own photo and reference, side by side. @param {Entry} entry @param {Candidate} candidate */
export function compared(entry, candidate) {
  const place = candidate.evidencePhoto ?? 0;
  const theirs = h("figure", {}, h("a", { class: "square", href: productLink(entry.catalog, candidate.partNumber) }, h("img", { src: candidate.referenceImage.imageUrl, alt: t("photo.reference", { name: candidate.name }) })), h("figcaption", {}, t("photo.catalog")));
  if (!entry.photos[place]) return h("div", { class: "pair alone" }, theirs);
  const square = h("div", { class: "square" });
  void drawOwn(square, entry, candidate, place);
  return h("div", { class: "pair" }, h("figure", {}, square, h("figcaption", {}, t("photo.yours"))), theirs);
}

/** @param {HTMLElement} square @param {Entry} entry @param {Candidate} candidate @param {number} place */
async function drawOwn(square, entry, candidate, place) {
  const photo = entry.photos[place];
  const size = await sizeOf(photo);
  const seen = place === 0 ? entry.answer?.photo : entry.answer?.furtherPhotos?.[place - 1];
  /** @type {import("../photoview.js").Outline[]} */
  const outlines = [];
  if (seen?.region) outlines.push({ points: cornersOf(seen.region), kind: "region" });
  for (const code of seen?.codes ?? []) outlines.push({ points: code.outline, kind: "code" });
  if (candidate.outline) outlines.push({ points: candidate.outline, kind: "match" });
  put(square, photoView(photo, size, outlines, candidate.outline ? t("photo.outlined", { name: candidate.name }) : t("photo.own")));
}

/** @param {string} catalog @param {string} partNumber */
export function productLink(catalog, partNumber) {
  return `#product/${encodeURIComponent(catalog)}/${encodeURIComponent(partNumber)}`;
}

/** What is known of a candidate. @param {Entry} entry @param {Candidate} candidate */
export function facts(entry, candidate) {
  return h(
    "div",
    { class: "facts" },
    h("h2", {}, candidate.name),
    h("p", { class: "number big" }, candidate.partNumber),
    warnings(entry.catalog, candidate),
    h("ul", { class: "reasons", "aria-label": t("answer.why") }, reasonWords(candidate).map((words) => h("li", {}, words))),
    candidate.evidence.read && h("p", { class: "small" }, t("answer.read", { words: candidate.evidence.read.words.join(", ") })),
    metadataTable(candidate.metadata, ROWS),
    h("a", { class: "second wide", href: productLink(entry.catalog, candidate.partNumber) }, t("answer.details"), icon("next")),
  );
}

/** What to know before the part is used. @param {string} catalog @param {Candidate | import("photocode-contract").Product} product */
export function warnings(catalog, product) {
  return [...(product.notices ?? []).map(notice), superseded(catalog, product)];
}

/** @param {import("photocode-contract").SafetyNotice} one */
function notice(one) {
  const more = one.url && h("a", { href: one.url, target: "_blank", rel: "noopener noreferrer" }, t("notice.more"));
  return h("p", { class: `note ${one.severity}`, role: "note" }, icon("warning"), h("span", {}, h("strong", {}, t(`notice.${one.severity}`)), " ", one.text, " ", more));
}

/** What has replaced it in the end. @param {string} catalog @param {Candidate | import("photocode-contract").Product} product */
function superseded(catalog, product) {
  const { successor, supersededBy } = product;
  if (!supersededBy) return undefined;
  const known = successor && successor.inCatalog && !successor.problem;
  const number = successor?.problem === "loop" || !successor ? supersededBy : successor.partNumber;
  const place = known || successor?.problem === "too_long" ? h("a", { href: productLink(catalog, number) }, number) : h("strong", {}, number);
  const words = known ? successor.name : successor?.problem && t(`successor.${successor.problem}`);
  return h("p", { class: "note warn" }, icon("warning"), h("span", {}, t("product.superseded"), " ", place, " ", words));
}

/** @param {Record<string, string>} metadata @param {number} [most] */
export function metadataTable(metadata, most) {
  const rows = Object.entries(metadata).slice(0, most);
  if (rows.length === 0) return undefined;
  return h("dl", { class: "metadata" }, rows.map(([key, value]) => h("div", {}, h("dt", {}, fieldWords(key)), h("dd", {}, value))));
}

/** What else the answer says. @param {Entry} entry @param {Lookup} answer */
export function notes(entry, answer) {
  return [hurried(entry, answer), coarse(answer), differences(answer), nextPhoto(entry, answer), quality(answer), seenTexts(answer), refine(entry, answer)];
}

/** @param {Lookup} answer */
function coarse(answer) {
  if (!answer.coarse) return undefined;
  const certain = [...new Set(answer.coarse.certain.map((one) => one.value))].join(", ");
  const open = answer.coarse.uncertain.map(fieldWords).join(", ");
  return h("div", { class: "card" }, h("h2", {}, t("coarse.title")), h("p", { class: "lead" }, certain), open && h("p", {}, t("coarse.open", { fields: open })));
}

/** @param {Entry} entry @param {Lookup} answer */
function nextPhoto(entry, answer) {
  const advice = answer.nextPhoto;
  if (!advice || entry.photos.length === 0) return undefined;
  const again = () => {
    newDraft({ photos: entry.photos, text: entry.text, way: advice.way, guide: advice.referenceImage?.imageUrl });
    location.hash = "#take";
  };
  return h(
    "div",
    { class: "card advice" },
    h("h2", {}, t("advice.title")),
    h("div", { class: "advised" }, advice.referenceImage && h("img", { src: advice.referenceImage.imageUrl, alt: t("camera.guide") }), h("p", {}, t(`way.${advice.way}`))),
    h("button", { type: "button", class: "second wide", onclick: again }, icon("camera"), t("advice.take")),
  );
}

/** @param {Lookup} answer */
function differences(answer) {
  const told = (answer.differences ?? []).slice(0, 3);
  if (told.length === 0) return undefined;
  const bodies = told.map((one) => {
    const rows = one.values.map((value) => h("tr", {}, h("td", {}, value.value ?? t("differences.unknown")), h("td", { class: "number" }, value.partNumbers.join(", "))));
    return h("tbody", {}, h("tr", {}, h("th", { scope: "rowgroup", colspan: 2 }, fieldWords(one.field))), rows);
  });
  return h("div", { class: "card" }, h("h2", {}, t("differences.title")), h("table", {}, bodies));
}

/** @param {Lookup} answer */
function quality(answer) {
  const codes = [...new Set([answer.photo, ...(answer.furtherPhotos ?? [])].flatMap((photo) => photo?.advice ?? []))];
  const said = codes.map((code) => maybe(`quality.${code}`)).filter(Boolean);
  if (said.length === 0 || answer.nextPhoto) return undefined;
  return h("p", { class: "note" }, icon("light"), h("span", {}, said.join(" ")));
}

/** @param {Lookup} answer */
function seenTexts(answer) {
  const photos = [answer.photo, ...(answer.furtherPhotos ?? [])];
  const codes = photos.flatMap((photo) => photo?.codes ?? []);
  const lines = photos.flatMap((photo) => photo?.lines ?? []);
  if (codes.length + lines.length === 0) return undefined;
  return h(
    "div",
    { class: "card" },
    h("h2", {}, t("seen.title")),
    h("ul", { class: "seen" }, codes.map((code) => h("li", {}, icon("code"), h("span", {}, h("strong", {}, code.text), ` ${code.format}`))), lines.slice(0, 8).map((line) => h("li", {}, icon("words"), h("span", {}, line.text)))),
  );
}

/** Where stages were late, the same photo can be asked again. @param {Entry} entry @param {Lookup} answer */
function hurried(entry, answer) {
  const late = ["features", "surface", "recall", "geometry", "read"].some((stage) => answer.dropped[stage] === "late");
  if (!late || answer.verdict === "match" || entry.photos.length === 0) return undefined;
  const again = async () => {
    const asked = newEntry({ kind: "lookup", catalog: entry.catalog, photos: entry.photos, text: entry.text, region: entry.region, photoOf: answer.id });
    if (await enqueued(asked)) location.hash = `#answer/${asked.id}`;
  };
  return h("div", { class: "card" }, h("p", {}, t("answer.hurried")), h("button", { type: "button", class: "second wide", onclick: () => void again() }, icon("again"), t("answer.askAgain")));
}

/** Ask again, by another box or word, without sending the photo again. @param {Entry} entry @param {Lookup} answer */
function refine(entry, answer) {
  if (entry.photos.length === 0) return undefined;
  const again = () => {
    newDraft({ photos: entry.photos, text: entry.text, region: entry.region, photoOf: answer.id });
    location.hash = "#review";
  };
  return h("button", { type: "button", class: "second wide", onclick: again }, icon("crop"), t("answer.refine"));
}
