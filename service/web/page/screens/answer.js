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
  const closer = h("div", { class: "closer" });
  const list = h("ol", { class: "candidates" });
  const bar = h("div", { class: "actions" });
  /** @param {Candidate} candidate @param {boolean} [byHand] */
  const choose = (candidate, byHand = true) => {
    chosen = candidate;
    put(closer, compared(entry, candidate), facts(entry, candidate));
    for (const row of list.querySelectorAll("button")) row.setAttribute("aria-pressed", String(row.value === candidate.partNumber));
    confirmBar(bar, entry, chosen, told.tone);
    if (byHand) closer.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };
  const fillList = () => put(list, candidates.map((one) => h("li", {}, row(one, one === chosen, choose))));
  fillList();
  if (chosen) choose(chosen, false);
  else {
    put(closer, own(entry));
    confirmBar(bar, entry, undefined, told.tone);
  }
  return [
    h("div", { class: `verdict ${told.tone}` }, icon(told.icon), h("div", {}, h("h1", { tabindex: -1 }, told.title), h("p", {}, told.more))),
    h("div", { class: "columns" }, closer, h("div", { class: "rest" }, notes(entry, answer), candidates.length > 1 && h("h2", {}, t("answer.candidates")), list, answer.next && moreButton(answer, candidates, fillList))),
    forget(entry),
    bar,
  ];
}

/** @param {Candidate} candidate @param {boolean} pressed @param {(candidate: Candidate) => void} choose */
function row(candidate, pressed, choose) {
  return h(
    "button",
    { type: "button", class: "row", value: candidate.partNumber, "aria-pressed": String(pressed), onclick: () => choose(candidate) },
    h("img", { src: candidate.referenceImage.imageUrl, alt: "", loading: "lazy" }),
    h("span", { class: "row-words" }, h("strong", {}, candidate.name), h("span", { class: "number" }, candidate.partNumber)),
    h("span", { class: "mark", "aria-hidden": "true" }, icon("check")),
  );
}

/** @param {Lookup} answer @param {Candidate[]} candidates @param {() => void} again */
function moreButton(answer, candidates, again) {
  let cursor = answer.next;
  const button = h("button", { type: "button", class: "second" }, icon("down"), t("answer.more"));
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const page = await furtherCandidates(answer.id, cursor ?? "");
      candidates.push(...page.candidates);
      cursor = page.next;
      again();
      if (!cursor) button.remove();
    } catch (error) {
      toast(troubleWords(/** @type {import("../api.js").Trouble} */ (error).code));
    }
    button.disabled = false;
  });
  return button;
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
