// @ts-check
/**
 * The answer of one entry, and of no other: it waits for it, shows it, and takes the worker's word.
 * @typedef {import("../store.js").Entry} Entry
 * @typedef {import("photocode-contract").Lookup} Lookup
 * @typedef {import("photocode-contract").Candidate} Candidate
 */
import { furtherCandidates } from "../api.js";
import { addressOf, h, put, toast } from "../dom.js";
import { newDraft } from "../draft.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { progress, retry, uploads, wake } from "../queue.js";
import { changeEntry, changes, getEntry, removeEntry } from "../store.js";
import { troubleWords, verdictWords } from "../words.js";
import { confirmBar } from "./confirming.js";
import { compared, facts, notes } from "./findings.js";
import { takeAnew } from "./take.js";

/**
 * @param {string} id
 * @returns {Promise<import("../app.js").Screen | string>}
 */
export async function answerScreen(id) {
  const entry = await getEntry(id);
  if (!entry) return "#history";
  const node = h("section", { class: "answer" });
  let shown = "";
  const show = async () => {
    const now = await getEntry(id);
    if (!now) return;
    // An answer on the screen is not drawn anew for its word's way to the service: that would lose the place on it.
    const state = now.state === "done" ? "done" : `${now.state} ${now.trouble} ${now.tries}`;
    if (state === shown) return;
    const arrived = shown !== "" && now.state === "done";
    shown = state;
    put(node, now.state === "done" ? answered(now) : now.state === "failed" ? failed(now) : waiting(now));
    if (now.state === "done" && !now.seen) void changeEntry(id, (one) => void (one.seen = true));
    if (arrived) node.querySelector("h1")?.focus();
  };
  /** @param {Event} event */
  const onChange = (event) => /** @type {CustomEvent} */ (event).detail === id && void show();
  const onProgress = () => showProgress(node, id);
  changes.addEventListener("change", onChange);
  uploads.addEventListener("progress", onProgress);
  await show();
  onProgress();
  const leave = () => {
    changes.removeEventListener("change", onChange);
    uploads.removeEventListener("progress", onProgress);
  };
  return { title: t("answer.title"), node, bare: true, back: "#history", leave };
}

/** @param {Entry} entry */
function own(entry) {
  const photo = entry.photos[0];
  return photo ? h("div", { class: "own" }, h("img", { src: addressOf(photo), alt: t("photo.own") })) : h("p", { class: "asked" }, icon("search"), entry.text ?? "");
}

/** @param {Entry} entry */
function waiting(entry) {
  const stuck = entry.tries > 0 && entry.trouble;
  const away = entry.trouble === "network" || entry.trouble === "late";
  const title = !stuck ? t("wait.sending") : away ? t("wait.offline") : t("wait.busy");
  const words = !stuck ? "" : away ? t("wait.safe") : `${troubleWords(entry.trouble, entry.detail)} ${t("wait.again")}`;
  return [
    own(entry),
    h("div", { class: "waiting", role: "status" }, stuck ? icon("offline") : h("span", { class: "pulse", "aria-hidden": "true" }), h("h1", { tabindex: -1 }, title), h("p", { class: "progress-words" }, words)),
    h("progress", { class: stuck ? "away" : "", max: 1, "aria-label": t("wait.progress") }),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "main", onclick: takeAnew }, icon("camera"), t("answer.next")),
      stuck && h("button", { type: "button", class: "second", onclick: () => void wake() }, icon("again"), t("wait.now")),
    ),
  ];
}

/** @param {HTMLElement} node @param {string} id */
function showProgress(node, id) {
  const bar = node.querySelector("progress");
  const words = node.querySelector(".progress-words");
  const share = progress.get(id);
  if (!bar || !words || share === undefined) return;
  if (share < 1) bar.value = share;
  else bar.removeAttribute("value");
  const heading = node.querySelector("h1");
  if (heading) heading.textContent = share < 1 ? t("wait.sending") : t("wait.looking");
}

/** @param {Entry} entry */
function failed(entry) {
  const back = () => {
    newDraft({ photos: entry.photos, text: entry.text, region: entry.region });
    location.hash = entry.photos.length > 0 ? "#review" : "#search";
  };
  return [
    own(entry),
    h("div", { class: "verdict none", role: "alert" }, icon("warning"), h("div", {}, h("h1", { tabindex: -1 }, t("failed.title")), h("p", {}, troubleWords(entry.trouble, entry.detail)))),
    h(
      "div",
      { class: "actions" },
      h("button", { type: "button", class: "main", onclick: takeAnew }, icon("camera"), t("failed.newPhoto")),
      h("button", { type: "button", class: "second", onclick: () => void retry(entry.id) }, icon("again"), t("failed.again")),
      h("button", { type: "button", class: "second", onclick: back }, icon("crop"), t("failed.change")),
    ),
  ];
}

/** @param {Entry} entry */
function answered(entry) {
  const answer = /** @type {Lookup} */ (entry.answer);
  const told = verdictWords(answer);
  const candidates = [...answer.candidates];
  let chosen = candidates[0];
  let cursor = answer.next;
  const pair = h("div", { class: "closer" });
  const known = h("div", {});
  const strip = h("ol", { class: "strip", "aria-label": t("answer.candidates") });
  const bar = h("div", { class: "actions" });
  /** @param {Candidate} candidate */
  const choose = (candidate) => {
    chosen = candidate;
    put(pair, compared(entry, candidate));
    put(known, facts(entry, candidate));
    for (const one of strip.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one.value === candidate.partNumber));
    confirmBar(bar, entry, candidate, told.tone);
  };
  const more = async () => {
    const page = await further(answer.id, cursor);
    if (!page) return;
    cursor = page.next;
    candidates.push(...page.candidates);
    fill();
    /** @type {HTMLElement | null} */ (strip.querySelector(`li:nth-child(${candidates.length - page.candidates.length + 1}) button`))?.focus();
  };
  const fill = () => put(strip, candidates.map((one) => h("li", {}, tile(one, one === chosen, choose))), cursor && h("li", {}, h("button", { type: "button", class: "more", onclick: () => void more() }, icon("plus"), t("answer.more"))));
  if (candidates.length > 1 || cursor) fill();
  else strip.hidden = true;
  if (chosen) choose(chosen);
  else {
    put(pair, own(entry));
    confirmBar(bar, entry, undefined, told.tone);
  }
  return [
    h("div", { class: `verdict ${told.tone}` }, icon(told.icon), h("div", {}, h("h1", { tabindex: -1 }, told.title), h("p", {}, told.more))),
    h("div", { class: "columns" }, h("div", { class: "closer" }, pair, strip, known), h("div", { class: "rest" }, notes(entry, answer), forget(entry))),
    bar,
  ];
}

/** @param {Candidate} candidate @param {boolean} pressed @param {(candidate: Candidate) => void} choose */
function tile(candidate, pressed, choose) {
  return h(
    "button",
    { type: "button", value: candidate.partNumber, title: candidate.name, "aria-pressed": String(pressed), onclick: () => choose(candidate) },
    h("img", { src: candidate.referenceImage.imageUrl, alt: `${candidate.name},`, loading: "lazy" }),
    h("span", {}, candidate.partNumber),
  );
}

/** The candidates after those that are shown. @param {string} lookup @param {string | undefined} cursor */
async function further(lookup, cursor) {
  try {
    return await furtherCandidates(lookup, cursor ?? "");
  } catch (error) {
    toast(troubleWords(/** @type {import("../api.js").Trouble} */ (error).code));
    return undefined;
  }
}

/** @param {Entry} entry */
function forget(entry) {
  const remove = async () => {
    await removeEntry(entry.id);
    toast(t("history.removed"));
    location.hash = "#history";
  };
  return h("button", { type: "button", class: "quiet-link", onclick: () => void remove() }, icon("trash"), t("history.remove"));
}
