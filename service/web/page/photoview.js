// @ts-check
/** A photo with outlines drawn over it, as one drawing, so that both always fit. */
import { addressOf, s } from "./dom.js";

/** @typedef {{x: number, y: number}} Point */
/** @typedef {{points: Point[], kind: "match" | "code" | "region"}} Outline */

/**
 * @param {Blob} photo
 * @param {{width: number, height: number}} size of the photo
 * @param {Outline[]} outlines in fractions of it
 * @param {string} label
 */
export function photoView(photo, size, outlines, label) {
  const { width, height } = size;
  const drawn = outlines.flatMap(({ points, kind }) => {
    const corners = points.map(({ x, y }) => `${(x * width).toFixed(1)},${(y * height).toFixed(1)}`).join(" ");
    return [s("polygon", { class: `casing ${kind}`, points: corners }), s("polygon", { class: `outline ${kind}`, points: corners })];
  });
  return s(
    "svg",
    { class: "photo", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    s("image", { href: addressOf(photo), width, height }),
    ...drawn,
  );
}

/** A box's corners. @param {import("photocode-contract").Region} region @returns {Point[]} */
export function cornersOf({ x, y, width, height }) {
  return [{ x, y }, { x: x + width, y }, { x: x + width, y: y + height }, { x, y: y + height }];
}
