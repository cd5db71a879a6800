// @ts-check
/** Before sending: look at the photo, add others, draw a box, say a word. Then find. */
import { chosenCatalog } from "../catalogs.js";
import { addressOf, h, put } from "../dom.js";
import { changeDraft, currentDraft, dropPhoto, newDraft, PHOTOS_MAX } from "../draft.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { newEntry } from "../queue.js";
import { regionEditor } from "../region.js";
import { enqueued } from "./keeping.js";

/** @typedef {import("../app.js").Screen} Screen */

/** @returns {Screen | string} */
export function reviewScreen() {
  if (currentDraft().photos.length === 0) return "#take";
  const body = h("div", { class: "review-body" });
  const node = h("form", { class: "review", novalidate: true }, h("h1", {}, t("review.title")), body, actions());
  const show = () => put(body, photoArea(show), hintField());
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    void findNow();
  });
  show();
  return { title: t("review.title"), node, bare: true, back: "#take" };
}

/** Send what is in the hand, and go where its answer will be. */
async function findNow() {
  const draft = currentDraft();
  const catalog = chosenCatalog();
  if (!catalog) return;
  const { photos, region, text, photoOf } = draft;
  const entry = newEntry({ kind: "lookup", catalog: catalog.name, photos, region, text: text?.trim() || undefined, photoOf });
  if (!(await enqueued(entry))) return;
  newDraft();
  location.replace(`#answer/${entry.id}`);
}

/** @param {() => void} again */
function photoArea(again) {
  const draft = currentDraft();
  const last = draft.photos[draft.photos.length - 1];
  const image = h("img", { src: addressOf(last), alt: t("photo.own"), draggable: "false" });
  image.addEventListener("error", () => image.replaceWith(h("p", { class: "unseeable" }, t("photo.unseeable"))));
  const frame = h("div", { class: "framed" }, image);
  const alone = draft.photos.length === 1;
  if (alone && draft.region) frame.append(regionEditor(draft.region, (region) => changeDraft({ region })));
  const toggle = h(
    "button",
    {
      type: "button",
      class: "chip",
      "aria-pressed": String(Boolean(draft.region)),
      onclick: () => {
        changeDraft({ region: draft.region ? undefined : { x: 0.2, y: 0.2, width: 0.6, height: 0.6 } });
        again();
        /** @type {HTMLElement | null} */ (document.querySelector(currentDraft().region ? ".grip.all" : ".chip"))?.focus();
      },
    },
    icon("crop"),
    draft.region ? t("review.whole") : t("review.part"),
  );
  return [frame, h("div", { class: "hand" }, tray(again), alone && toggle), h("p", { class: "small" }, alone ? t("review.more") : t("review.several"))];
}

/** @param {() => void} again */
function tray(again) {
  const { photos } = currentDraft();
  const shown = photos.map((photo, place) =>
    h(
      "li",
      {},
      h("img", { class: "thumb", src: addressOf(photo), alt: t("photo.number", { number: place + 1 }) }),
      h("button", { type: "button", class: "remove", "aria-label": t("review.remove", { number: place + 1 }), onclick: () => removed(place, again) }, icon("cross")),
    ),
  );
  const more = photos.length < PHOTOS_MAX && h("li", {}, h("a", { class: "thumb add", href: "#take", "aria-label": t("review.add") }, icon("plus")));
  return h("ul", { class: "tray" }, shown, more);
}

/** @param {number} place @param {() => void} again */
function removed(place, again) {
  dropPhoto(place);
  if (currentDraft().photos.length === 0) location.hash = "#take";
  else again();
}

function hintField() {
  const draft = currentDraft();
  const input = h("input", { id: "hint", type: "text", maxlength: 200, autocomplete: "off", enterkeyhint: "search", placeholder: t("review.hintExample"), value: draft.text ?? "" });
  input.addEventListener("input", () => changeDraft({ text: input.value }));
  return h("div", { class: "field" }, h("label", { for: "hint" }, t("review.hint")), input);
}

function actions() {
  return h("div", { class: "actions" }, h("button", { type: "submit", class: "main" }, icon("find"), t("review.find")));
}
