// @ts-check
/** The page as an app: its service worker, and the browser's offer to install it. */

/** @type {any} */
let offer;

globalThis.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  offer = event;
});

export function canInstall() {
  return offer !== undefined;
}

export async function install() {
  await offer?.prompt();
  offer = undefined;
}

let outdated = false;

/** Whether another version of the page has been loaded behind this one. */
export function isOutdated() {
  return outdated;
}

export async function startWorker() {
  if (!("serviceWorker" in navigator)) return;
  if (navigator.serviceWorker.controller) navigator.serviceWorker.addEventListener("controllerchange", () => (outdated = true));
  try {
    const registration = await navigator.serviceWorker.register("/sw.js", { type: "module", updateViaCache: "none" });
    // An app that is never closed looks for another version when it is looked at again.
    document.addEventListener("visibilitychange", () => void (document.hidden || registration.update().catch(() => undefined)));
  } catch {
    // Without a worker, or with one that knows no modules, the page works all the same, as long as it is open.
  }
}
