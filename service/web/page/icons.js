// @ts-check
import { s } from "./dom.js";

/** Outlines on a square of 24; drawn for this page. */
const PATHS = {
  find: "M4 8.5V6a2 2 0 0 1 2-2h2.5M15.5 4H18a2 2 0 0 1 2 2v2.5M20 15.5V18a2 2 0 0 1-2 2h-2.5M8.5 20H6a2 2 0 0 1-2-2v-2.5M8.5 9v6M12 9v6M15.5 9v6",
  teach: "M4 8.5V6a2 2 0 0 1 2-2h2.5M15.5 4H18a2 2 0 0 1 2 2v2.5M20 15.5V18a2 2 0 0 1-2 2h-2.5M8.5 20H6a2 2 0 0 1-2-2v-2.5M12 8.5v7M8.5 12h7",
  history: "M4.5 12a7.5 7.5 0 1 0 2.4-5.5L4.5 8.7M4.5 4.5v4.2h4.2M12 8v4.3l2.8 1.7",
  menu: "M4.5 7h15M4.5 12h15M4.5 17h15",
  back: "M14.5 5.5 8 12l6.5 6.5",
  next: "M9.5 5.5 16 12l-6.5 6.5",
  down: "M6 9.5l6 6 6-6",
  torch: "M13 3 6 13.5h5L10.5 21 18 10.5h-5.2z",
  picture: "M4 6.5A1.5 1.5 0 0 1 5.5 5h13A1.5 1.5 0 0 1 20 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM4.5 17l4.7-4.8 3.6 3.6 2.4-2.3 4.3 4M15.4 9.2h.1",
  camera: "M4 8.5A1.5 1.5 0 0 1 5.5 7h2.7l1.4-2h4.8l1.4 2h2.7A1.5 1.5 0 0 1 20 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM12 16.2a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8z",
  search: "M10.7 17.2a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  check: "M5 12.8l4.6 4.6L19.2 7",
  question: "M8.8 9a3.3 3.3 0 1 1 4.9 2.9c-1.1.6-1.7 1.2-1.7 2.5M12 18.4h.1",
  cross: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  crop: "M7 3.5V17h13.5M3.5 7H17v13.5",
  trash: "M5 7h14M10 7V4.8h4V7M7 7l.8 12.2h8.4L17 7M10.3 10.5v5.2M13.7 10.5v5.2",
  plus: "M12 5v14M5 12h14",
  offline: "M4 4l16 16M5 10.2A10.5 10.5 0 0 1 8.6 8M11.6 7.1A10.4 10.4 0 0 1 19 10.2M8 13.5a6.2 6.2 0 0 1 4.5-1.7M11.9 17.5h.1",
  warning: "M12 4.2 3.6 19h16.8zM12 10v4.2M12 16.8h.1",
  code: "M4.5 6v12M8 6v12M11 6v12M15.5 6v12M19.5 6v12",
  words: "M5 7.5V5.5h14v2M12 5.5v13M9 18.5h6",
  light: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4",
  again: "M19 11.5A7 7 0 1 0 17.6 16M19.3 6v5.3H14",
  lock: "M6.5 11h11v8.5h-11zM8.7 11V8.3a3.3 3.3 0 0 1 6.6 0V11",
  person: "M12 12.2a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.6-3.6 3.6-5.6 7.5-5.6s6.9 2 7.5 5.6",
  wait: "M7 4h10M7 20h10M8 4v3.2L12 12l4-4.8V4M8 20v-3.2L12 12l4 4.8V20",
};

/** @typedef {keyof typeof PATHS} IconName */

/**
 * A drawing that says nothing by itself: words stand beside it, or a label on its button.
 * @param {IconName} name
 */
export function icon(name) {
  return s("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: PATHS[name] }));
}
