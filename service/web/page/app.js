// @ts-check
/**
 * The page's frame: which screen is shown, its way back, and what tells of answers that come later.
 *
 * @typedef {object} Screen
 * @property {string} title
 * @property {HTMLElement} node
 * @property {boolean} [bare] without tabs: one thing to be done
 * @property {string} [back] address of the screen before it; "back": wherever one came from
 * @property {() => void} [leave]
 * @property {HTMLElement} [focus]
 */
import { access, Trouble } from "./api.js";
import { learnAuthor } from "./author.js";
import { chosenCatalog, knownCatalogs, refreshCatalogs, titleOf } from "./catalogs.js";
import { h, put, putRows, toast } from "./dom.js";
import { currentDraft, restoreHands } from "./draft.js";
import { enrolByAddress } from "./enrol.js";
import { icon } from "./icons.js";
import { t, useLanguage, wantedLanguage } from "./i18n.js";
import { isOutdated, startWorker } from "./install.js";
import { startSending } from "./queue.js";
import { answerScreen } from "./screens/answer.js";
import { detailsScreen } from "./screens/details.js";
import { historyScreen } from "./screens/history.js";
import { menuScreen } from "./screens/menu.js";
import { reviewScreen } from "./screens/review.js";
import { searchScreen } from "./screens/search.js";
import { takeScreen } from "./screens/take.js";
import { nameScreen, teachScreen } from "./screens/teach.js";
import { lockedScreen, unreachableScreen, welcomeScreen } from "./screens/welcome.js";
import { allEntries, changes, getEntry } from "./store.js";

/** @type {Record<string, (...parts: string[]) => Screen | string | Promise<Screen | string>>} */
const SCREENS = {
  take: takeScreen,
  review: reviewScreen,
  search: searchScreen,
  answer: answerScreen,
  history: historyScreen,
  product: detailsScreen,
  teach: teachScreen,
  name: nameScreen,
  menu: () => menuScreen(() => void show()),
  welcome: welcomeScreen,
};
const WITHOUT_CATALOG = ["menu", "welcome", "history", "answer"];

const app = /** @type {HTMLElement} */ (document.getElementById("app"));
/** @type {Screen | undefined} */
let current;
/** @type {Screen | undefined} */
let barrier;
let turn = 0;

async function show() {
  const mine = ++turn;
  const address = location.hash;
  const enrolling = address.startsWith("#enrol=");
  if (enrolling || (isOutdated() && address === "#take" && currentDraft().photos.length === 0)) return location.reload();
  const found = barrier ?? (await screenOf(address));
  if (mine !== turn) {
    if (typeof found !== "string") found.leave?.();
    return;
  }
  if (typeof found === "string") return location.replace(found);
  const first = current === undefined;
  current?.leave?.();
  current = found;
  document.title = `${found.title} · Photocode`;
  const main = h("main", { id: "main" }, found.node);
  put(app, header(found), main, !found.bare && (await tabs()));
  app.className = found.bare ? "bare" : "";
  // Until a screen is drawn the one before it stays, under the new address: this tells which one is seen.
  app.dataset.screen = address;
  scrollTo(0, 0);
  if (!first || found.focus) focusOn(found);
}

/** @param {Screen} screen */
function focusOn(screen) {
  const heading = screen.node.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  (screen.focus ?? heading)?.focus({ preventScroll: true });
}

/** @param {string} hash */
function screenOf(hash) {
  const [name, ...parts] = hash.replace(/^#/, "").split("/").map(readable);
  if (knownCatalogs().length === 0 && !WITHOUT_CATALOG.includes(name)) return "#welcome";
  return (SCREENS[name] ?? takeScreen)(...parts);
}

/** @param {string} part of an address, which anybody may have typed */
function readable(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** @param {Screen} screen */
function header(screen) {
  const catalog = chosenCatalog();
  const back = screen.back === "back" ? h("button", { type: "button", class: "round plain-icon", "aria-label": t("back"), onclick: () => history.back() }, icon("back")) : screen.back && h("a", { class: "round plain-icon", href: screen.back, "aria-label": t("back") }, icon("back"));
  const chip = h("a", { class: "catalog", href: "#menu", "aria-label": t("menu.chosen", { name: catalog ? titleOf(catalog) : "" }) }, h("span", {}, catalog ? titleOf(catalog) : "Photocode"), icon("down"));
  return h("header", {}, back || h("span", { class: "brand", "aria-hidden": "true" }, icon("find")), chip, h("a", { class: "round plain-icon", href: "#menu", "aria-label": t("menu.title") }, icon("menu")));
}

async function tabs() {
  const entries = await allEntries();
  const waiting = entries.filter((entry) => entry.state === "waiting").length;
  const fresh = entries.filter((entry) => entry.kind === "lookup" && entry.state === "done" && !entry.seen).length;
  const badge = waiting + fresh > 0 && h("span", { class: "badge", "aria-label": t("tab.pending", { waiting, fresh }) }, String(waiting + fresh));
  const here = location.hash.replace(/^#/, "") || "take";
  /** @param {string} name @param {import("./icons.js").IconName} drawing @param {string} words @param {HTMLElement | false} [more] */
  const tab = (name, drawing, words, more) => h("a", { href: `#${name}`, "aria-current": here === name && "page" }, icon(drawing), h("span", {}, words), more);
  return h("nav", { class: "tabs", "aria-label": t("tab.label") }, tab("take", "find", t("tab.find")), tab("teach", "teach", t("tab.teach")), tab("history", "history", t("tab.history"), badge));
}

/** Tell of an answer that is not on the screen. @param {Event} event */
async function onChange(event) {
  const fresh = await tabs();
  const old = document.querySelector("nav.tabs");
  if (old instanceof HTMLElement && !old.isEqualNode(fresh)) putRows(old, ...fresh.children);
  const entry = await getEntry(/** @type {CustomEvent} */ (event).detail);
  if (!entry || entry.kind !== "lookup" || entry.state !== "done" || entry.seen || location.hash === `#answer/${entry.id}`) return;
  toast(t("toast.answer"), h("a", { href: `#answer/${entry.id}` }, t("toast.show")));
}

function onLocked() {
  barrier = lockedScreen();
  void show();
}

async function begin() {
  await Promise.all([useLanguage(wantedLanguage()), restoreHands()]);
  if (["", "#take"].includes(location.hash) && currentDraft().photos.length > 0) history.replaceState(null, "", "#review");
  const enrolling = await enrolByAddress();
  if (enrolling) barrier = lockedScreen(enrolling);
  access.addEventListener("locked", onLocked);
  try {
    if (!barrier) await refreshCatalogs();
  } catch (error) {
    const { code, detail, locked } = error instanceof Trouble ? error : new Trouble("strange");
    if (!locked && knownCatalogs().length === 0) barrier = unreachableScreen(code, detail);
  }
  globalThis.addEventListener("hashchange", () => void show());
  globalThis.addEventListener("photocode:catalog", () => void show());
  changes.addEventListener("change", (event) => void onChange(event));
  await show();
  startSending();
  if (!barrier) void learnAuthor();
  await startWorker();
}

void begin();
