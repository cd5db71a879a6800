// @ts-check
/** Words alone: a part number, or what the thing is like. */
import { chosenCatalog } from "../catalogs.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { newEntry } from "../queue.js";
import { enqueued } from "./keeping.js";

/** @returns {import("../app.js").Screen} */
export function searchScreen() {
  const input = h("input", { id: "words", type: "search", maxlength: 200, autocomplete: "off", enterkeyhint: "search", required: true, placeholder: t("search.example") });
  const form = h(
    "form",
    { class: "plain", novalidate: true },
    h("h1", {}, t("search.title")),
    h("p", {}, t("search.lead")),
    h("div", { class: "field" }, h("label", { for: "words" }, t("search.label")), input),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "main" }, icon("search"), t("search.go"))),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const catalog = chosenCatalog();
    const text = input.value.trim();
    if (!text || !catalog) return input.focus();
    const entry = newEntry({ kind: "lookup", catalog: catalog.name, photos: [], text });
    if (await enqueued(entry)) location.hash = `#answer/${entry.id}`;
  });
  return { title: t("search.title"), node: form, bare: true, back: "#take", focus: input };
}
