// @ts-check
/**
 * What was asked on this device, the newest first.
 * @typedef {import("../store.js").Entry} Entry
 */
import { addressOf, h, put, putRows, toast } from "../dom.js";
import { icon } from "../icons.js";
import { t, when } from "../i18n.js";
import { allEntries, changes, removeEntry } from "../store.js";
import { verdictWords } from "../words.js";

/** @returns {Promise<import("../app.js").Screen>} */
export async function historyScreen() {
  const list = h("ol", { class: "history" });
  const empty = h("div", { class: "empty" }, icon("history"), h("p", { class: "lead" }, t("history.empty")), h("p", {}, t("history.emptyMore")), h("a", { class: "main", href: "#take" }, icon("camera"), t("history.first")));
  const clear = h("button", { type: "button", class: "quiet-link" }, icon("trash"), t("history.clear"));
  const show = async () => {
    const asked = (await allEntries()).filter((entry) => entry.kind === "lookup");
    putRows(list, asked.map(line));
    empty.hidden = asked.length > 0;
    clear.hidden = asked.length === 0;
  };
  clear.addEventListener("click", () => ask(async () => {
    for (const entry of await allEntries()) if (entry.kind === "lookup") await removeEntry(entry.id);
    toast(t("history.cleared"));
  }));
  const onChange = () => void show();
  changes.addEventListener("change", onChange);
  await show();
  const node = h("section", { class: "plain" }, h("h1", { tabindex: -1 }, t("history.title")), empty, list, clear);
  return { title: t("tab.history"), node, leave: () => changes.removeEventListener("change", onChange) };
}

/** @param {Entry} entry */
function line(entry) {
  const { tone, name, words } = summary(entry);
  const picture = entry.photos[0] ? h("img", { class: "thumb", src: addressOf(entry.photos[0]), alt: "" }) : h("span", { class: "thumb" }, icon("search"));
  const link = h("a", { class: "row", href: `#answer/${entry.id}` }, picture, h("span", { class: "row-words" }, h("strong", {}, name), h("span", { class: `state ${tone}` }, icon(ICONS[tone]), words), h("span", { class: "small" }, when(entry.createdAt))), entry.state === "done" && !entry.seen && h("span", { class: "new" }, t("history.new")));
  const remove = h("button", { type: "button", class: "round plain-icon", "aria-label": t("history.removeThis", { name }), onclick: () => void removeEntry(entry.id) }, icon("trash"));
  return h("li", {}, link, remove);
}

/** @type {Record<string, import("../icons.js").IconName>} */
const ICONS = { match: "check", maybe: "question", none: "cross", text: "search", waiting: "wait", failed: "warning" };

/** @param {Entry} entry */
function summary(entry) {
  const asked = entry.text ? `“${entry.text}”` : t("photo.own");
  if (entry.state === "waiting") return { tone: "waiting", name: asked, words: t("history.waits") };
  if (entry.state === "failed" || !entry.answer) return { tone: "failed", name: asked, words: t("failed.title") };
  const told = verdictWords(entry.answer);
  const word = entry.word;
  if (word?.outcome === "confirmed") {
    const found = entry.answer.candidates.find((one) => one.partNumber === word.partNumber);
    return { tone: "match", name: found?.name ?? word.partNumber ?? "", words: t("history.confirmed", { number: word.partNumber ?? "" }) };
  }
  // Whoever looked at the part knows better than the verdict.
  if (word?.outcome === "none_of_these") return { tone: "none", name: asked, words: t("history.none_of_these") };
  if (word?.outcome === "unsure") return { tone: "maybe", name: asked, words: t("history.unsure") };
  const first = entry.answer.candidates[0];
  return { tone: told.tone, name: told.tone === "none" ? asked : (first?.name ?? asked), words: told.title };
}

/** Ask before all is gone. @param {() => Promise<void>} work */
function ask(work) {
  const dialog = h("dialog", { "aria-label": t("history.clear") });
  const close = () => {
    dialog.close();
    dialog.remove();
  };
  const sure = () => {
    close();
    void work();
  };
  put(dialog, h("p", { class: "lead" }, t("history.sure")), h("div", { class: "stack" }, h("button", { type: "button", class: "main", onclick: sure }, icon("trash"), t("history.clear")), h("button", { type: "button", class: "second", onclick: close }, t("history.keep"))));
  document.body.append(dialog);
  dialog.showModal();
}
