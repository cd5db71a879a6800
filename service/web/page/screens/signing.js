// @ts-check
/** Asks for the name that stands with the worker's words. It is asked for by a link, never in the way of the work. */
import { author, setAuthor } from "../author.js";
import { h, put, toast } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

/** A line that tells under which name a word is given, to be pressed for another one. @param {() => void} changed */
export function signature(changed) {
  const name = author();
  const words = name ? [t("author.as"), " ", h("strong", {}, name)] : [t("author.add")];
  return h("button", { type: "button", class: "signature", "aria-haspopup": "dialog", onclick: () => askAuthor(changed) }, icon("person"), h("span", {}, ...words));
}

/** The field among the settings. */
export function authorForm() {
  const input = nameInput("author");
  const remove = h("button", { type: "button", class: "quiet-link" }, icon("trash"), t("author.remove"));
  const show = () => {
    input.value = author() ?? "";
    remove.hidden = !author();
  };
  const form = h(
    "form",
    { class: "inline", novalidate: true },
    h("h2", {}, h("label", { for: "author" }, t("author.label"))),
    h("div", { class: "inline-row" }, input, h("button", { type: "submit", class: "second" }, t("author.save"))),
    h("p", { class: "small", id: "author-what" }, t("author.what")),
    remove,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    kept(input.value);
    show();
  });
  remove.addEventListener("click", () => {
    kept("");
    show();
    input.focus();
  });
  show();
  return form;
}

/** @param {() => void} changed */
function askAuthor(changed) {
  const input = nameInput("author-asked");
  input.value = author() ?? "";
  const dialog = h("dialog", { class: "asking", "aria-labelledby": "author-title" });
  /** @param {string} name */
  const close = (name) => {
    kept(name);
    dialog.close();
  };
  const form = h(
    "form",
    { class: "field", novalidate: true },
    h("h2", { id: "author-title" }, t("author.title")),
    h("label", { for: "author-asked" }, t("author.label")),
    input,
    h("p", { class: "small", id: "author-asked-what" }, t("author.what")),
    h("div", { class: "stack" }, h("button", { type: "submit", class: "main" }, t("author.save")), h("button", { type: "button", class: "second", onclick: () => close("") }, t("author.without"))),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!input.value.trim()) return input.focus();
    close(input.value);
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    changed();
  });
  put(dialog, form);
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {string} id */
function nameInput(id) {
  return h("input", { id, type: "text", maxlength: 100, autocomplete: "name", autocapitalize: "words", spellcheck: "false", enterkeyhint: "done", "aria-describedby": `${id}-what` });
}

/** @param {string} name */
function kept(name) {
  setAuthor(name);
  const now = author();
  toast(now ? t("author.kept", { name: now }) : t("author.removed"));
}
