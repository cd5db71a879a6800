// @ts-check
/** Which catalog, which language, what else there is. */
import { ownDevice } from "../api.js";
import { chooseCatalog, chosenCatalog, knownCatalogs, makeCatalog, refreshCatalogs, titleOf } from "../catalogs.js";
import { h, put } from "../dom.js";
import { icon } from "../icons.js";
import { chooseLanguage, language, LANGUAGES, t } from "../i18n.js";
import { canInstall, install } from "../install.js";
import { troubleWords } from "../words.js";
import { authorForm } from "./signing.js";

/**
 * @param {() => void} redraw the whole page, in another language
 * @returns {import("../app.js").Screen}
 */
export function menuScreen(redraw) {
  const list = h("div", { class: "choices", role: "radiogroup", "aria-labelledby": "catalogs" });
  const show = () => put(list, knownCatalogs().map(catalogChoice));
  show();
  void refreshCatalogs().then(show, () => undefined);
  const languages = Object.entries(LANGUAGES).map(([code, name]) => languageChoice(/** @type {import("../i18n.js").Language} */ (code), name, redraw));
  const own = h("p", { class: "small", hidden: true });
  void ownDevice().then(({ device }) => {
    own.hidden = !device;
    own.textContent = t("menu.device", { name: device?.name ?? "" });
  }, () => undefined);
  const node = h(
    "section",
    { class: "plain menu" },
    h("h1", { tabindex: -1 }, t("menu.title")),
    h("h2", { id: "catalogs" }, t("menu.catalog")),
    list,
    newCatalogForm(),
    authorForm(),
    h("h2", { id: "languages" }, t("menu.language")),
    h("div", { class: "choices", role: "radiogroup", "aria-labelledby": "languages" }, languages),
    canInstall() && h("button", { type: "button", class: "second wide", onclick: () => void install() }, icon("plus"), t("menu.install")),
    h("footer", {}, h("p", { class: "small" }, t("menu.privacy")), own, h("p", {}, h("a", { href: "/docs" }, t("menu.docs")))),
  );
  return { title: t("menu.title"), node, bare: true, back: "#take" };
}

/** @param {import("photocode-contract").Catalog} catalog */
function catalogChoice(catalog) {
  const input = h("input", { type: "radio", name: "catalog", value: catalog.name, checked: catalog.name === chosenCatalog()?.name });
  input.addEventListener("change", () => {
    chooseCatalog(catalog.name);
    globalThis.dispatchEvent(new Event("photocode:catalog"));
  });
  return h("label", { class: "choice" }, input, h("span", { class: "row-words" }, h("strong", {}, titleOf(catalog)), h("span", { class: "small" }, t("menu.things", { number: catalog.products }))));
}

/** @param {import("../i18n.js").Language} code @param {string} name @param {() => void} redraw */
function languageChoice(code, name, redraw) {
  const input = h("input", { type: "radio", name: "language", value: code, checked: code === language() });
  input.addEventListener("change", async () => {
    await chooseLanguage(code);
    redraw();
  });
  return h("label", { class: "choice", lang: code }, input, h("span", { class: "row-words" }, h("strong", {}, name)));
}

function newCatalogForm() {
  const input = h("input", { id: "new-catalog", type: "text", maxlength: 100, autocomplete: "off", placeholder: t("menu.newExample") });
  const wrong = h("p", { class: "small", role: "alert" });
  const form = h("form", { class: "inline", novalidate: true }, h("label", { for: "new-catalog" }, t("menu.new")), h("div", { class: "inline-row" }, input, h("button", { type: "submit", class: "second" }, t("menu.make"))), wrong);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!input.value.trim()) return input.focus();
    try {
      await makeCatalog(input.value.trim());
      location.hash = "#teach";
    } catch (error) {
      const { code, detail } = /** @type {import("../api.js").Trouble} */ (error);
      wrong.textContent = troubleWords(code, detail);
    }
  });
  return form;
}
