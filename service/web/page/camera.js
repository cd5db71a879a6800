// @ts-check
/** The live camera: what is seen is what is taken. */
import { h } from "./dom.js";
import { asJpeg } from "./shrink.js";

const USED = "photocode-camera-used";

/** Whether the camera may start without asking out of the blue. */
export async function mayStart() {
  if (!navigator.mediaDevices?.getUserMedia) return false;
  try {
    const permission = await navigator.permissions.query({ name: /** @type {any} */ ("camera") });
    if (permission.state !== "prompt") return permission.state === "granted";
  } catch {
    // Browsers without this name: go by what happened before.
  }
  return localStorage.getItem(USED) === "yes";
}

/** Whether there is a camera to be asked for at all: browsers give it to secure pages only. */
export function canAsk() {
  return Boolean(navigator.mediaDevices?.getUserMedia);
}

export class Camera {
  /** @param {string} label what the picture is called for who does not see it */
  constructor(label) {
    this.video = h("video", { class: "view", autoplay: true, playsinline: true, muted: true, "aria-label": label });
    this.video.muted = true;
    /** @type {MediaStream | undefined} */
    this.stream = undefined;
    this.lit = false;
  }

  /** @throws {DOMException} by name NotAllowedError, NotFoundError, NotReadableError ... */
  async start() {
    const wanted = { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1440 } };
    const stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    if (this.stopped) {
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    this.stream = stream;
    localStorage.setItem(USED, "yes");
    this.video.srcObject = stream;
    await this.video.play().catch(() => undefined);
  }

  stopped = false;

  stop() {
    this.stopped = true;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.video.srcObject = null;
    this.stream = undefined;
  }

  get track() {
    return this.stream?.getVideoTracks()[0];
  }

  /** Whether the camera has a lamp that pages may switch. */
  get hasTorch() {
    const able = /** @type {any} */ (this.track?.getCapabilities?.());
    return Boolean(able?.torch);
  }

  async toggleTorch() {
    this.lit = !this.lit;
    await this.track?.applyConstraints(/** @type {any} */ ({ advanced: [{ torch: this.lit }] }));
    return this.lit;
  }

  /** What the finder shows now, as a small JPEG. */
  async take() {
    const video = this.video;
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      await new Promise((resolve) => video.addEventListener("loadeddata", resolve, { once: true }));
    }
    return asJpeg(video, visiblePart(video));
  }
}

/** The part of the frames that the finder, which is filled, shows. @param {HTMLVideoElement} video */
function visiblePart(video) {
  const { videoWidth, videoHeight } = video;
  const { width, height } = video.getBoundingClientRect();
  if (width === 0 || height === 0) return { x: 0, y: 0, width: videoWidth, height: videoHeight };
  const scale = Math.max(width / videoWidth, height / videoHeight);
  const part = { width: width / scale, height: height / scale };
  return { x: (videoWidth - part.width) / 2, y: (videoHeight - part.height) / 2, ...part };
}
