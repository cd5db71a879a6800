// @ts-check
/**
 * Elements without markup: text is always text, so that nothing a catalog or a photo says can become code.
 * @typedef {Node | string | number | false | null | undefined} Child
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. Attributes that begin with "on" are listeners; true is an empty attribute, false, null and undefined none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  dress(element, attributes);
  fill(element, children);
  return element;
}

/**
 * An element of a drawing.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  dress(element, attributes);
  fill(element, children);
  return element;
}

/**
 * Put these in place of what an element holds.
 * @template {Element} E
 * @param {E} element
 * @param {...(Child | Child[])} children
 * @returns {E}
 */
export function put(element, ...children) {
  element.replaceChildren();
  fill(element, children);
  return element;
}

/**
 * Put these rows in place of those that a list holds; who was on one of them by keyboard stays at that place.
 * @param {HTMLElement} list
 * @param {...(Child | Child[])} rows
 */
export function putRows(list, ...rows) {
  const active = document.activeElement;
  const at = [...list.children].findIndex((row) => row.contains(active));
  const within = at < 0 ? -1 : pressable(list.children[at]).indexOf(/** @type {HTMLElement} */ (active));
  put(list, ...rows);
  if (at < 0) return;
  const row = list.children[Math.min(at, list.children.length - 1)];
  const choices = row ? pressable(row) : [];
  (choices[Math.min(within, choices.length - 1)] ?? document.querySelector("h1"))?.focus({ preventScroll: true });
}

/** @param {Element} element @returns {HTMLElement[]} */
function pressable(element) {
  const found = [...element.querySelectorAll("a, button")];
  return /** @type {HTMLElement[]} */ (element.matches("a, button") ? [element, ...found] : found);
}

/** @param {Element} element @param {Record<string, unknown>} attributes */
function dress(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === "value" && "value" in element) element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** @param {Element} element @param {(Child | Child[])[]} children */
function fill(element, children) {
  for (const child of children.flat()) {
    if (child !== undefined && child !== null && child !== false) element.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Say something to whoever does not see the screen, and shortly show it to whoever does.
 * @param {string} words
 * @param {Child} [more] a link to it
 */
export function toast(words, more) {
  const place = document.getElementById("toasts");
  if (!place) return;
  const note = h("div", { class: "toast" }, h("span", {}, words), more);
  put(place, note);
  setTimeout(() => note.remove(), 6000);
}

/** @type {WeakMap<Blob, string>} */
const addresses = new WeakMap();

/**
 * The address of a picture in memory; one for each blob, for as long as the page lives.
 * @param {Blob} blob
 */
export function addressOf(blob) {
  const known = addresses.get(blob) ?? URL.createObjectURL(blob);
  addresses.set(blob, known);
  return known;
}
