// @ts-check
/**
 * What is in the hand: photos of one thing before they are sent, with a hint and a box; and photos by which a thing is to
 * be taught. Phones end pages that are not looked at, so it is kept until it is sent.
 * @typedef {import("photocode-contract").Region} Region
 *
 * @typedef {object} Draft
 * @property {Blob[]} photos
 * @property {Region} [region]
 * @property {string} [text]
 * @property {"sharper" | "lighter" | "closer" | "view"} [way] what the next photo is to be
 * @property {string} [guide] address of the picture that it is to be like
 * @property {string} [photoOf] a lookup whose photos, these ones, the service has already
 */
import { keepHand, keptHand } from "./store.js";

export const PHOTOS_MAX = 5;

const LOOKUP = "lookup";
const TEACH = "teach";
const KEPT_MS = 24 * 60 * 60 * 1000;

/** @type {Draft} */
let draft = { photos: [] };
/** @type {Blob[]} */
let sides = [];

/** Take up again what was in the hand when the page was left. */
export async function restoreHands() {
  // A browser that keeps nothing, as in a private window, has nothing to give back.
  const [asked, taught] = await Promise.all([LOOKUP, TEACH].map((name) => keptHand(name).catch(() => undefined)));
  if (isFresh(asked)) draft = asked.draft;
  if (isFresh(taught)) sides = taught.sides;
}

/** @param {{at: number} | undefined} kept */
function isFresh(kept) {
  return kept !== undefined && Date.now() - kept.at < KEPT_MS;
}

export function currentDraft() {
  return draft;
}

/** @param {Draft} [begun] */
export function newDraft(begun = { photos: [] }) {
  draft = begun;
  keep(LOOKUP, draft.photos.length > 0 && { draft });
  return draft;
}

/** @param {Partial<Draft>} changed */
export function changeDraft(changed) {
  newDraft({ ...draft, ...changed });
}

/** Add a photo; a box belongs to a photo that stands alone. @param {Blob} photo */
export function addPhoto(photo) {
  if (draft.photos.length >= PHOTOS_MAX) return;
  newDraft({ photos: [...draft.photos, photo], text: draft.text });
}

/** @param {number} place */
export function dropPhoto(place) {
  newDraft({ photos: draft.photos.filter((_, other) => other !== place), text: draft.text });
}

/** Photos of the thing that is to be taught. */
export function currentSides() {
  return sides;
}

/** @param {Blob[]} photos */
export function newSides(photos) {
  sides = photos.slice(0, PHOTOS_MAX);
  keep(TEACH, sides.length > 0 && { sides });
}

/** @param {string} name @param {object | false} what */
function keep(name, what) {
  void keepHand(name, what ? { ...what, at: Date.now() } : undefined).catch(() => undefined);
}
