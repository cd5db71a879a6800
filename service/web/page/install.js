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

export async function startWorker() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("/sw.js", { type: "module", updateViaCache: "none" });
  } catch {
    // Without a worker, or with one that knows no modules, the page works all the same, as long as it is open.
  }
}
