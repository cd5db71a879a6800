// @ts-check
/**
 * Keeps the page and the pictures that were seen for times without network, and sends what waits when woken for that.
 * The service writes the version's addresses in; any change of any file is another worker with another store.
 */
import { SYNC_TAG, waitingCount, wake } from "./queue.js";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const BASE = "{{base}}";
const FILES = "{{files}}".split(" ");
const SHELL = `shell ${BASE}`;
const PICTURES = "pictures";
const PICTURES_MAX = 400;
const PATIENCE_MS = 3_000;
const ROOT = ["/", "/manifest.webmanifest"];

worker.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(dropOld().then(() => worker.clients.claim()));
});

worker.addEventListener("fetch", (event) => {
  const request = event.request;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== worker.location.origin) return;
  if (ROOT.includes(address.pathname)) event.respondWith(newest(request, address.pathname));
  else if (address.pathname.startsWith("/page/")) event.respondWith(kept(request));
  else if (/^\/v1\/references\/[^/]+\/image$/.test(address.pathname)) event.respondWith(picture(request));
});

worker.addEventListener("sync", (/** @type {any} */ event) => {
  if (event.tag === SYNC_TAG) event.waitUntil(sendAll());
});

async function keepShell() {
  const store = await caches.open(SHELL);
  await store.addAll([...ROOT, ...FILES].map((path) => new Request(path, { cache: "no-cache" })));
}

async function dropOld() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== SHELL && name !== PICTURES).map((name) => caches.delete(name)));
}

/** The service's, so that nobody works with an old page; the kept one where the network is away or slow. @param {Request} request @param {string} path */
async function newest(request, path) {
  const kept = await caches.match(path);
  const fresh = fetch(request);
  if (!kept) return fresh;
  const slow = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const first = await Promise.race([fresh.catch(() => undefined), slow]);
  return first instanceof Response && first.ok ? first : kept;
}

/** @param {Request} request */
async function kept(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** A reference picture; its bytes never change. @param {Request} request */
async function picture(request) {
  const store = await caches.open(PICTURES);
  const known = await store.match(request);
  if (known) return known;
  const response = await fetch(request);
  if (response.ok) {
    await store.put(request, response.clone());
    const all = await store.keys();
    await Promise.all(all.slice(0, Math.max(0, all.length - PICTURES_MAX)).map((one) => store.delete(one)));
  }
  return response;
}

async function sendAll() {
  await wake();
  // Whoever still waits makes the browser wake us again.
  if ((await waitingCount()) > 0) throw new Error("something still waits");
}
