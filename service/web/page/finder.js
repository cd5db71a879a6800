// @ts-check
/** A live finder with its shutter; where there is no camera, the camera app or files. */
import { canAsk, Camera, mayStart } from "./camera.js";
import { h, put, toast } from "./dom.js";
import { icon } from "./icons.js";
import { maybe, t } from "./i18n.js";
import { shrink } from "./shrink.js";

/**
 * @typedef {object} Finder
 * @property {HTMLElement} stage what is seen
 * @property {HTMLElement} controls the shutter and what stands beside it
 * @property {() => void} stop
 */

/**
 * @param {object} wishes
 * @param {string} wishes.title what to do, in a few words
 * @param {string} wishes.hint
 * @param {(photos: Blob[]) => void} wishes.onPhotos
 * @param {HTMLElement} [wishes.beside] what stands right of the shutter
 * @param {string} [wishes.guide] address of a picture to be imitated
 * @returns {Finder}
 */
export function finder({ title, hint, onPhotos, beside, guide }) {
  const camera = new Camera(t("camera.live"));
  const stage = h("div", { class: "stage" });
  const files = fileInput(onPhotos, false);
  const app = fileInput(onPhotos, true);
  let mode = /** @type {"invited" | "live" | "files"} */ ("invited");
  const shutter = h("button", { type: "button", class: "shutter", "aria-label": t("camera.start") }, icon("camera"));
  shutter.addEventListener("click", () => {
    if (mode === "invited") void start();
    else if (mode === "files") app.click();
    else void shoot();
  });
  const pick = h("button", { type: "button", class: "round", "aria-label": t("camera.pick"), onclick: () => files.click() }, icon("picture"));
  const controls = h("div", { class: "controls" }, pick, shutter, beside ?? h("span", { class: "round ghost" }), files, app);

  /** @param {string} words @param {string} [more] */
  const invite = (words, more) => {
    put(stage, h("div", { class: "invitation" }, icon("find"), h("p", { class: "lead" }, words), more && h("p", {}, more)));
  };

  const start = async () => {
    shutter.disabled = true;
    try {
      await camera.start();
      if (camera.stopped) return;
      mode = "live";
      shutter.classList.add("live");
      shutter.replaceChildren();
      shutter.setAttribute("aria-label", t("camera.take"));
      put(stage, camera.video, corners(), h("p", { class: "caption" }, hint), guide && guidePicture(guide), camera.hasTorch && torchButton(camera));
      stage.classList.add("live");
    } catch (error) {
      withoutCamera(error instanceof DOMException ? error.name : "NotFoundError");
    } finally {
      shutter.disabled = false;
    }
  };

  const shoot = async () => {
    shutter.disabled = true;
    stage.classList.add("flash");
    navigator.vibrate?.(15);
    try {
      onPhotos([await camera.take()]);
    } finally {
      shutter.disabled = false;
      setTimeout(() => stage.classList.remove("flash"), 250);
    }
  };

  /** @param {string} why */
  const withoutCamera = (why) => {
    mode = "files";
    shutter.setAttribute("aria-label", t("camera.app"));
    invite(maybe(`camera.${why}`) ?? t("camera.NotFoundError"), t("camera.instead"));
  };

  if (!canAsk()) withoutCamera("insecure");
  else {
    invite(title, t("camera.invitation"));
    void mayStart().then((may) => (may && !camera.stopped ? start() : undefined));
  }
  return { stage, controls, stop: () => camera.stop() };
}

/** @param {(photos: Blob[]) => void} onPhotos @param {boolean} straight by the camera app */
function fileInput(onPhotos, straight) {
  const input = h("input", { type: "file", accept: "image/*", hidden: true, multiple: !straight, capture: straight && "environment" });
  input.classList.add(straight ? "from-app" : "from-files");
  input.addEventListener("change", async () => {
    const done = await Promise.all([...(input.files ?? [])].map(shrink));
    input.value = "";
    if (done.some((one) => !one.shrunk)) toast(t("camera.asItIs"));
    if (done.length > 0) onPhotos(done.map((one) => one.photo));
  });
  return input;
}

function corners() {
  return h("div", { class: "corners", "aria-hidden": "true" });
}

/** @param {string} address */
function guidePicture(address) {
  return h("figure", { class: "guide" }, h("img", { src: address, alt: t("camera.guide") }), h("figcaption", {}, t("camera.likeThis")));
}

/** @param {Camera} camera */
function torchButton(camera) {
  const button = h("button", { type: "button", class: "round torch", "aria-label": t("camera.torch"), "aria-pressed": "false" }, icon("torch"));
  button.addEventListener("click", async () => button.setAttribute("aria-pressed", String(await camera.toggleTorch())));
  return button;
}
