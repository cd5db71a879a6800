// @ts-check
/**
 * What is in the hand: photos of one thing before they are sent, with a hint and a box.
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

export const PHOTOS_MAX = 5;

/** @type {Draft} */
let draft = { photos: [] };

export function currentDraft() {
  return draft;
}

/** @param {Draft} [begun] */
export function newDraft(begun = { photos: [] }) {
  draft = begun;
  return draft;
}

/** Add a photo; a box belongs to a photo that stands alone. @param {Blob} photo */
export function addPhoto(photo) {
  if (draft.photos.length >= PHOTOS_MAX) return;
  draft = { photos: [...draft.photos, photo], text: draft.text };
}

/** @param {number} place */
export function dropPhoto(place) {
  draft = { photos: draft.photos.filter((_, other) => other !== place), text: draft.text };
}
