// @ts-check
/** A product with its pictures, and what looks like it: a tap on any of these searches on from there. */
import { findSimilar, getProduct } from "../api.js";
import { h, put } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { troubleWords } from "../words.js";
import { metadataTable, productLink, warnings } from "./findings.js";

/**
 * @param {string} catalog
 * @param {string} partNumber
 * @returns {import("../app.js").Screen}
 */
export function detailsScreen(catalog, partNumber) {
  const body = h("div", {}, h("p", { class: "loading", role: "status" }, t("wait.loading")));
  const node = h("section", { class: "plain details" }, body);
  void load(body, catalog, partNumber);
  return { title: partNumber, node, bare: true, back: "back" };
}

/** @param {HTMLElement} body @param {string} catalog @param {string} partNumber */
async function load(body, catalog, partNumber) {
  try {
    const product = await getProduct(catalog, partNumber);
    const similar = h("div", { class: "similar" });
    const heading = h("h1", { tabindex: -1 }, product.name);
    put(
      body,
      heading,
      h("p", { class: "number big" }, product.partNumber),
      product.category && h("p", { class: "small" }, product.category),
      warnings(catalog, { ...product, notices: product.notices?.filter(holdsToday) }),
      gallery(product, catalog, similar),
      product.description && h("p", {}, product.description),
      metadataTable(product.metadata),
      h("h2", {}, t("product.similar")),
      h("p", { class: "small" }, t("product.similarMore")),
      similar,
    );
    heading.focus();
    await showSimilar(similar, catalog, { partNumber });
  } catch (error) {
    put(body, sorry(error));
  }
}

/** @param {import("photocode-contract").SafetyNotice} notice */
function holdsToday(notice) {
  const today = new Date().toISOString().slice(0, 10);
  return (notice.validFrom ?? today) <= today && today <= (notice.validUntil ?? today);
}

/** @param {unknown} error */
function sorry(error) {
  const { code, detail } = /** @type {import("../api.js").Trouble} */ (error);
  return h("p", { class: "note warn", role: "alert" }, icon("warning"), h("span", {}, troubleWords(code, detail)));
}

/** @param {import("photocode-contract").Product} product @param {string} catalog @param {HTMLElement} similar */
function gallery(product, catalog, similar) {
  const pictures = product.referenceImages.map((image, place) => {
    const button = h("button", { type: "button", class: "picture", "aria-pressed": "false", "aria-label": t("product.searchOn", { number: place + 1 }) }, h("img", { src: image.imageUrl, alt: "" }));
    button.addEventListener("click", () => {
      for (const other of row.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      void showSimilar(similar, catalog, { referenceId: image.id });
    });
    return button;
  });
  const row = h("div", { class: "gallery", role: "group", "aria-label": t("product.pictures") }, pictures);
  return row;
}

/** @param {HTMLElement} place @param {string} catalog @param {{partNumber: string} | {referenceId: string}} like */
async function showSimilar(place, catalog, like) {
  put(place, h("p", { class: "loading", role: "status" }, t("wait.loading")));
  try {
    const found = await findSimilar(catalog, like);
    const rows = found.products.map((one) =>
      h("li", {}, h("a", { class: "row", href: productLink(catalog, one.partNumber) }, h("img", { src: one.referenceImage.imageUrl, alt: "", loading: "lazy" }), h("span", { class: "row-words" }, h("strong", {}, one.name), h("span", { class: "number" }, one.partNumber)), icon("next"))),
    );
    put(place, rows.length > 0 ? h("ol", { class: "candidates" }, rows) : h("p", {}, t("product.alone")));
  } catch (error) {
    put(place, sorry(error));
  }
}
