// @ts-check
/** Take: one photo, one tap. */
import { chosenCatalog } from "../catalogs.js";
import { addressOf, h } from "../dom.js";
import { addPhoto, currentDraft, newDraft, PHOTOS_MAX } from "../draft.js";
import { finder } from "../finder.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";

/** @typedef {import("../app.js").Screen} Screen */

/** @returns {Screen} */
export function takeScreen() {
  const draft = currentDraft();
  const adding = draft.photos.length > 0;
  const search = h("a", { class: "round", href: "#search", "aria-label": t("take.words") }, icon("search"));
  const { stage, controls, stop } = finder({
    title: adding ? t("take.another") : t("take.title"),
    hint: draft.way ? t(`way.${draft.way}`) : adding ? t("take.another") : t("take.hint"),
    guide: draft.guide,
    beside: search,
    onPhotos: (photos) => {
      for (const photo of photos.slice(0, PHOTOS_MAX)) addPhoto(photo);
      location.hash = "#review";
    },
  });
  const node = h(
    "section",
    { class: "take" },
    h("h1", { class: "unseen" }, adding ? t("take.another") : t("take.title")),
    stage,
    adding ? h("div", { class: "tray" }, draft.photos.map((photo) => thumbnail(photo)), h("a", { class: "quiet-link", href: "#review" }, t("take.back"))) : emptyNote(),
    controls,
  );
  return { title: t("tab.find"), node, leave: stop, back: adding ? "#review" : undefined };
}

/** Begin anew, whatever is in the hand. */
export function takeAnew() {
  newDraft();
  location.hash = "#take";
}

/** @param {Blob} photo */
function thumbnail(photo) {
  return h("img", { class: "thumb", src: addressOf(photo), alt: t("photo.own") });
}

function emptyNote() {
  const catalog = chosenCatalog();
  if (!catalog || catalog.products > 0) return undefined;
  return h("p", { class: "note" }, t("take.empty"), " ", h("a", { href: "#teach" }, t("take.teachFirst")));
}
