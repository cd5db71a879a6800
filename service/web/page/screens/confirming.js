// @ts-check
/**
 * The worker's word on an answer: this one, none of these, not sure. It is kept first and sent then, also offline.
 * @typedef {import("../store.js").Entry} Entry
 * @typedef {import("../store.js").Word} Word
 * @typedef {import("photocode-contract").Candidate} Candidate
 */
import { author } from "../author.js";
import { h, put, toast } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { enqueue, newEntry } from "../queue.js";
import { allEntries, changeEntry, removeEntry } from "../store.js";
import { troubleWords } from "../words.js";
import { signature } from "./signing.js";
import { takeAnew } from "./take.js";
import { teachThese } from "./teach.js";

/**
 * @param {HTMLElement} bar
 * @param {Entry} entry
 * @param {Candidate | undefined} candidate the one that is looked at
 * @param {string} tone of the verdict: what is most likely said stands first
 * @param {boolean} [changing]
 */
export function confirmBar(bar, entry, candidate, tone, changing = false) {
  if (entry.word && !changing) return thanks(bar, entry, candidate, tone, false);
  /** @param {Word} said */
  const say = async (said) => {
    const word = { ...said, worker: author() };
    bar.inert = true;
    const kept = await sayIt(entry, word).then(() => true, () => false);
    bar.inert = false;
    // Nobody is thanked for a word that would be gone with the page.
    if (!kept) return toast(t("trouble.storage"));
    entry.word = word;
    thanks(bar, entry, candidate, tone, true);
  };
  const yes = candidate && h("button", { type: "button", onclick: () => void say({ outcome: "confirmed", partNumber: candidate.partNumber }) }, icon("check"), h("span", {}, t("confirm.yes"), " ", h("span", { class: "number" }, candidate.partNumber)));
  const none = h("button", { type: "button", onclick: () => void say({ outcome: "none_of_these" }) }, icon("cross"), candidate ? t("confirm.none") : t("confirm.noneAtAll"));
  const unsure = h("button", { type: "button", class: "second", onclick: () => void say({ outcome: "unsure" }) }, icon("question"), t("confirm.unsure"));
  const noneFirst = tone === "none" || !yes;
  if (yes) yes.className = noneFirst ? "second" : "main";
  none.className = noneFirst ? "main" : "second";
  const again = () => {
    confirmBar(bar, entry, candidate, tone, changing);
    /** @type {HTMLElement | null} */ (bar.querySelector(".signature, .main"))?.focus();
  };
  put(bar, h("p", { class: "unseen" }, t("confirm.question")), author() && signature(again), noneFirst ? none : yes, h("div", { class: "halves" }, noneFirst ? yes : none, unsure));
}

/** @param {Entry} entry @param {Word} word */
async function sayIt(entry, word) {
  await changeEntry(entry.id, (one) => void (one.word = word));
  // A word that still waits is overtaken by this one.
  for (const one of await allEntries()) {
    if (one.kind === "confirm" && one.of === entry.id) await removeEntry(one.id);
  }
  await enqueue(newEntry({ kind: "confirm", catalog: entry.catalog, photos: [], of: entry.id, lookup: entry.answer?.id, word }));
}

/** @param {HTMLElement} bar @param {Entry} entry @param {Candidate | undefined} candidate @param {string} tone @param {boolean} fresh */
function thanks(bar, entry, candidate, tone, fresh) {
  const word = /** @type {Word} */ (entry.word);
  const by = word.worker ? ` ${t("author.by", { name: word.worker })}` : "";
  const words = word.outcome === "confirmed" ? t("thanks.confirmed", { number: word.partNumber ?? "" }) : t(`thanks.${word.outcome}`);
  const next = h("button", { type: "button", class: "main", onclick: takeAnew }, icon("camera"), t("answer.next"));
  const again = () => {
    thanks(bar, entry, candidate, tone, false);
    /** @type {HTMLElement | null} */ (bar.querySelector(".main"))?.focus();
  };
  const teach = word.outcome === "none_of_these" && entry.photos.length > 0;
  put(
    bar,
    h("p", { class: fresh ? "thanks fresh" : "thanks", role: "status" }, icon("check"), h("span", {}, words, by, word.problem && ` ${troubleWords(word.problem)}`)),
    author() === undefined && signature(again),
    next,
    h("div", { class: "halves" }, teach && h("button", { type: "button", class: "second", onclick: () => teachThese(entry.photos) }, icon("teach"), t("thanks.teach")), h("button", { type: "button", class: "second", onclick: () => confirmBar(bar, entry, candidate, tone, true) }, icon("again"), t("thanks.change"))),
  );
  if (fresh) next.focus();
}
