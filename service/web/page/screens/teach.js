// @ts-check
/**
 * Teach: photos of a thing from two or three sides, a number, a name; then the next thing. Saving goes on behind that.
 * @typedef {import("../store.js").Entry} Entry
 */
import { getCatalog } from "../api.js";
import { chosenCatalog, refreshCatalogs } from "../catalogs.js";
import { addressOf, h, putRows } from "../dom.js";
import { currentSides, newSides, PHOTOS_MAX } from "../draft.js";
import { finder } from "../finder.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { newEntry, nextNumber, retry } from "../queue.js";
import { allEntries, changes, getEntry, removeEntry } from "../store.js";
import { troubleWords } from "../words.js";
import { enqueued } from "./keeping.js";

const SIDES = 3;
const LAST_NUMBER = "photocode-last-number-";

/** Teach what these photos show. @param {Blob[]} photos */
export function teachThese(photos) {
  newSides(photos);
  location.hash = "#teach";
}

/** @returns {Promise<import("../app.js").Screen | string>} */
export async function teachScreen() {
  const catalog = chosenCatalog();
  if (!catalog) return "#welcome";
  const slots = h("ul", { class: "tray slots", "aria-label": t("teach.sides") });
  const go = h("a", { class: "main", href: "#name" }, t("teach.name"), icon("next"));
  // Seen while nothing is in the hand and something can be found already: what comes after teaching.
  const find = h("a", { class: "second find-one", href: "#take" }, t("teach.find"));
  const count = h("p", { class: "unseen", role: "status" });
  const fill = () => {
    const sides = currentSides();
    const places = Array.from({ length: Math.max(SIDES, sides.length) }, (_, place) => place);
    putRows(slots, places.map((place) => slot(place, fill)));
    go.hidden = sides.length === 0;
    count.textContent = sides.length > 0 ? t("teach.count", { number: sides.length }) : "";
  };
  const { stage, controls, stop } = finder({
    title: t("teach.title"),
    hint: t("teach.hint"),
    onPhotos: (photos) => {
      newSides([...currentSides(), ...photos]);
      fill();
      if (currentSides().length >= SIDES) location.hash = "#name";
    },
  });
  fill();
  const list = h("ul", { class: "taught" });
  const more = h("div", { class: "teach-more" }, list);
  const done = await watchTaught(list, catalog.name);
  const node = h("section", { class: "take teach" }, h("h1", { class: "unseen" }, t("teach.title")), stage, count, h("div", { class: "teach-row" }, slots, go, find), controls, more);
  return {
    title: t("tab.teach"),
    node,
    leave: () => {
      stop();
      done();
    },
  };
}

/** @param {number} place @param {() => void} again */
function slot(place, again) {
  const photo = currentSides()[place];
  if (!photo) return h("li", { class: "thumb open" }, h("span", {}, String(place + 1)));
  const remove = () => {
    newSides(currentSides().filter((one) => one !== photo));
    again();
  };
  return h("li", {}, h("img", { class: "thumb", src: addressOf(photo), alt: t("photo.number", { number: place + 1 }) }), h("button", { type: "button", class: "remove", "aria-label": t("review.remove", { number: place + 1 }), onclick: remove }, icon("cross")));
}

/** The second step: a number and a name. @returns {Screen | string} */
export function nameScreen() {
  const catalog = chosenCatalog();
  const sides = currentSides();
  if (!catalog || sides.length === 0) return "#teach";
  const suggested = suggestion(catalog);
  const name = h("input", { id: "name", type: "text", maxlength: 200, autocomplete: "off", enterkeyhint: "done", autocapitalize: "sentences", placeholder: t("teach.nameExample") });
  const number = h("input", { id: "number", type: "text", maxlength: 200, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", value: suggested });
  const form = h(
    "form",
    { class: "plain", novalidate: true },
    h("h1", {}, t("teach.name")),
    h("ul", { class: "tray" }, sides.map((photo, place) => h("li", {}, h("img", { class: "thumb", src: addressOf(photo), alt: t("photo.number", { number: place + 1 }) }))), sides.length < PHOTOS_MAX && h("li", {}, h("a", { class: "thumb add", href: "#teach", "aria-label": t("review.add") }, icon("plus")))),
    h("div", { class: "field" }, h("label", { for: "name" }, t("teach.nameLabel")), name),
    h("div", { class: "field" }, h("label", { for: "number" }, t("field.partNumber")), number),
    h("div", { class: "actions" }, h("button", { type: "submit", class: "main" }, icon("check"), t("teach.save"))),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const partNumber = number.value.trim() || suggested;
    const product = { partNumber, name: name.value.trim() || partNumber };
    const entry = newEntry({ kind: "teach", catalog: catalog.name, photos: sides, product, suggested: partNumber === suggested });
    if (!(await enqueued(entry))) return;
    localStorage.setItem(LAST_NUMBER + catalog.name, partNumber);
    newSides([]);
    location.hash = "#teach";
  });
  return { title: t("teach.name"), node: form, bare: true, back: "#teach", focus: name };
}

/** @typedef {import("../app.js").Screen} Screen */

/** The number after the last one that was given, or the first free one as far as can be told. @param {import("photocode-contract").Catalog} catalog */
function suggestion(catalog) {
  const last = localStorage.getItem(LAST_NUMBER + catalog.name);
  return last ? nextNumber(last) : `T-${String(catalog.products + 1).padStart(3, "0")}`;
}

/** Keep the list of what was taught here up to date. @param {HTMLElement} list @param {string} catalog */
async function watchTaught(list, catalog) {
  let described = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const show = async () => {
    const taught = (await allEntries()).filter((one) => one.kind === "teach" && one.catalog === catalog);
    putRows(list, taught.slice(0, 20).map((one) => taughtRow(one, described)));
  };
  const look = async () => {
    clearTimeout(timer);
    const now = await getCatalog(catalog).catch(() => undefined);
    described = now !== undefined && (now.enrichment?.pending ?? 0) === 0;
    await show();
    if (now && !described) timer = setTimeout(look, 1500);
  };
  /** @param {Event} event */
  const onChange = async (event) => {
    await show();
    const entry = await getEntry(/** @type {CustomEvent} */ (event).detail);
    if (entry?.kind !== "teach" || entry.state !== "done") return;
    void refreshCatalogs().catch(() => undefined);
    void look();
  };
  changes.addEventListener("change", onChange);
  await show();
  void look();
  return () => {
    clearTimeout(timer);
    changes.removeEventListener("change", onChange);
  };
}

/** @param {Entry} entry @param {boolean} described */
function taughtRow(entry, described) {
  const product = /** @type {{partNumber: string, name: string}} */ (entry.product);
  const picture = h("img", { class: "thumb", src: addressOf(entry.photos[0]), alt: "" });
  const words = h("span", { class: "row-words" }, h("strong", {}, product.name), h("span", { class: "number" }, product.partNumber), h("span", { class: `state ${entry.state}` }, stateWords(entry, described)));
  return h("li", { class: "row" }, picture, words, entry.state === "failed" && mend(entry));
}

/** @param {Entry} entry @param {boolean} described */
function stateWords(entry, described) {
  if (entry.state === "done") return described ? t("teach.found") : t("teach.foundSoon");
  if (entry.state === "failed") return troubleWords(entry.trouble, entry.detail);
  return entry.tries > 0 ? t("teach.waits") : t("teach.saving");
}

/** What can be done with a thing that was not taken. @param {Entry} entry */
function mend(entry) {
  const product = /** @type {{partNumber: string, name: string}} */ (entry.product);
  const renumber = () => void retry(entry.id, { product: { ...product, partNumber: nextNumber(product.partNumber) }, suggested: true });
  const add = () => void retry(entry.id, { adding: true });
  const taken = entry.trouble === "product_exists";
  return h(
    "div",
    { class: "mend" },
    taken && h("button", { type: "button", class: "second", onclick: renumber }, t("teach.otherNumber", { number: nextNumber(product.partNumber) })),
    taken && h("button", { type: "button", class: "second", onclick: add }, t("teach.addToIt")),
    !taken && h("button", { type: "button", class: "second", onclick: () => void retry(entry.id) }, t("failed.again")),
    h("button", { type: "button", class: "second", onclick: () => void removeEntry(entry.id) }, t("teach.drop")),
  );
}
