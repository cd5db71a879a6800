// @ts-check
/**
 * A box over a photo, drawn by finger or by keyboard: what lies in it is looked at alone.
 * @typedef {import("photocode-contract").Region} Region
 */
import { h } from "./dom.js";
import { t } from "./i18n.js";

const SMALLEST = 0.08;
const STEP = 0.02;
const FIRST = { x: 0.2, y: 0.2, width: 0.6, height: 0.6 };

/** @typedef {"nw" | "ne" | "sw" | "se" | "all"} Grip */
/** @type {[Grip, import("./i18n.js").Key][]} */
const GRIPS = [
  ["all", "region.move"],
  ["nw", "region.nw"],
  ["ne", "region.ne"],
  ["sw", "region.sw"],
  ["se", "region.se"],
];

/**
 * The box with its grips, to be laid over a photo.
 * @param {Region | undefined} region
 * @param {(region: Region) => void} onChange
 */
export function regionEditor(region, onChange) {
  let box = edges(region ?? FIRST);
  const frame = h("div", { class: "region-box" });
  const layer = h("div", { class: "region", role: "group", "aria-label": t("region.label") }, frame);
  const show = () => {
    frame.style.left = `${box.left * 100}%`;
    frame.style.top = `${box.top * 100}%`;
    frame.style.width = `${(box.right - box.left) * 100}%`;
    frame.style.height = `${(box.bottom - box.top) * 100}%`;
    onChange({ x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top });
  };
  /** @param {Grip} grip @param {number} dx @param {number} dy @param {Edges} from */
  const drag = (grip, dx, dy, from) => {
    box = moved(from, grip, dx, dy);
    show();
  };
  for (const [grip, label] of GRIPS) {
    const button = h("button", { type: "button", class: `grip ${grip}`, "aria-label": t(label) });
    button.addEventListener("keydown", (event) => {
      const by = ARROWS[event.key];
      if (!by) return;
      event.preventDefault();
      drag(grip, by[0] * STEP, by[1] * STEP, box);
    });
    frame.append(button);
  }
  layer.addEventListener("pointerdown", (event) => {
    const target = /** @type {Element} */ (event.target);
    const pressed = GRIPS.find(([grip]) => target.classList.contains(grip))?.[0];
    const area = layer.getBoundingClientRect();
    const at = { x: (event.clientX - area.left) / area.width, y: (event.clientY - area.top) / area.height };
    // Beside the box a new one begins, to be pulled open by its lower right corner.
    const from = pressed ? box : edges({ x: within(at.x, 1 - SMALLEST), y: within(at.y, 1 - SMALLEST), width: 0, height: 0 });
    const grip = pressed ?? "se";
    layer.setPointerCapture(event.pointerId);
    event.preventDefault();
    /** @param {PointerEvent} move */
    const onMove = (move) => drag(grip, (move.clientX - event.clientX) / area.width, (move.clientY - event.clientY) / area.height, from);
    layer.addEventListener("pointermove", onMove);
    const end = () => layer.removeEventListener("pointermove", onMove);
    layer.addEventListener("pointerup", end, { once: true });
    layer.addEventListener("pointercancel", end, { once: true });
  });
  show();
  return layer;
}

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {{left: number, top: number, right: number, bottom: number}} Edges */

/** @param {Region} region @returns {Edges} */
function edges(region) {
  return { left: region.x, top: region.y, right: region.x + region.width, bottom: region.y + region.height };
}

/** @param {number} value @param {number} most */
function within(value, most) {
  return Math.min(Math.max(value, 0), most);
}

/** @param {Edges} box @param {Grip} grip @param {number} dx @param {number} dy @returns {Edges} */
function moved(box, grip, dx, dy) {
  if (grip === "all") {
    const left = within(box.left + dx, 1 - (box.right - box.left));
    const top = within(box.top + dy, 1 - (box.bottom - box.top));
    return { left, top, right: left + box.right - box.left, bottom: top + box.bottom - box.top };
  }
  const west = grip === "nw" || grip === "sw";
  const north = grip === "nw" || grip === "ne";
  return {
    left: west ? within(box.left + dx, box.right - SMALLEST) : box.left,
    top: north ? within(box.top + dy, box.bottom - SMALLEST) : box.top,
    right: west ? box.right : Math.min(Math.max(box.right + dx, box.left + SMALLEST), 1),
    bottom: north ? box.bottom : Math.min(Math.max(box.bottom + dy, box.top + SMALLEST), 1),
  };
}
