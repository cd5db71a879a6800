// @ts-check
/**
 * Sends what waits: once, in the order of its making, again after failures that pass. Runs in pages and in the service
 * worker; a lock for each entry, held by one of them, and the entry's Idempotency-Key keep it from being done twice.
 *
 * @typedef {import("./store.js").Entry} Entry
 * @typedef {import("photocode-contract").Lookup} Lookup
 */

import { confirmationPath, lookupsPath, send, teachPath, Trouble } from "./api.js";
import { allEntries, changeEntry, changes, getEntry, newId, pruneEntries, putEntry, removeEntry } from "./store.js";

const AT_ONCE = 2;
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
const LOCKED_MS = 15_000;
const LEASE_MS = 90_000;
const STALE_MAX = 4;
export const SYNC_TAG = "photocode-queue";

const self_ = newId();

/** How much of an entry is uploaded, 0..1; there while it is being sent from here. @type {Map<string, number>} */
export const progress = new Map();
/** Tells of progress; the detail is the entry's id. */
export const uploads = new EventTarget();

/**
 * A request in the making.
 * @param {Pick<Entry, "kind" | "catalog" | "photos"> & Partial<Entry>} facts
 * @returns {Entry}
 */
export function newEntry(facts) {
  return { id: newId(), key: newId(), state: "waiting", createdAt: Date.now(), tries: 0, nextTry: 0, ...facts };
}

/** Keep an entry and send it as soon as may be. @param {Entry} entry */
export async function enqueue(entry) {
  await putEntry(entry);
  void askForSync();
  void drain();
}

/** Give a failed entry another try, as another request. @param {string} id @param {Partial<Entry>} [changed] */
export async function retry(id, changed = {}) {
  await changeEntry(id, (entry) => {
    Object.assign(entry, { state: "waiting", tries: 0, nextTry: 0, key: newId(), trouble: undefined, detail: undefined }, changed);
  });
  void drain();
}

async function askForSync() {
  // Where the browser has it, the worker is woken when the network is back, although the page is closed by then.
  const registration = /** @type {any} */ (await navigator.serviceWorker?.getRegistration().catch(() => undefined));
  await registration?.sync?.register(SYNC_TAG).catch(() => undefined);
}

/** @type {Set<string>} */
const busy = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let lastWake = 0;

/** Everything that waits is due now: the network is back, or somebody asks. */
export async function wake() {
  if (Date.now() - lastWake < FIRST_MS) return;
  lastWake = Date.now();
  for (const entry of await waiting()) await changeEntry(entry.id, (one) => void (one.nextTry = 0));
  await drain();
}

async function waiting() {
  return (await allEntries()).filter((entry) => entry.state === "waiting").reverse();
}

/** Send what is due, and come back for the rest. Resolves when nothing more is due. */
export async function drain() {
  clearTimeout(timer);
  const due = (await waiting()).filter((entry) => entry.nextTry <= Date.now() && !busy.has(entry.id));
  const free = Math.max(0, AT_ONCE - busy.size);
  const taken = due.slice(0, free);
  for (const entry of taken) busy.add(entry.id);
  await Promise.all(taken.map(attempt));
  if (taken.length > 0) return drain();
  const next = Math.min(...(await waiting()).filter((entry) => !busy.has(entry.id)).map((entry) => entry.nextTry));
  if (Number.isFinite(next)) timer = setTimeout(drain, Math.max(next - Date.now(), FIRST_MS));
}

/** How many wait. */
export async function waitingCount() {
  return (await waiting()).length;
}

/** @param {Entry} entry */
async function attempt(entry) {
  try {
    await exclusively(entry.id, async () => {
      const fresh = await getEntry(entry.id);
      if (fresh?.state === "waiting") await deliver(fresh);
    });
  } finally {
    busy.delete(entry.id);
    progress.delete(entry.id);
    uploads.dispatchEvent(new CustomEvent("progress", { detail: entry.id }));
  }
}

/**
 * Do something that no other page and no worker does at the same time for this entry; or nothing, where one does.
 * A lock ends with its page; where there are no locks, a lease ends by itself.
 * @param {string} id
 * @param {() => Promise<void>} work
 */
async function exclusively(id, work) {
  if (navigator.locks) {
    await navigator.locks.request(`photocode-${id}`, { ifAvailable: true }, (lock) => (lock ? work() : heldElsewhere(id)));
    return;
  }
  const until = Date.now() + LEASE_MS;
  const ours = await changeEntry(id, (entry) => {
    if (entry.lease && entry.lease.owner !== self_ && entry.lease.until > Date.now()) return false;
    entry.lease = { owner: self_, until };
    return true;
  });
  if (!ours) return heldElsewhere(id);
  await work();
  await changeEntry(id, (entry) => void delete entry.lease);
}

/** @param {string} id */
async function heldElsewhere(id) {
  // Look again later whether whoever sends it has succeeded.
  await changeEntry(id, (entry) => {
    if (entry.state !== "waiting") return false;
    entry.nextTry = Date.now() + 2 * FIRST_MS;
    return true;
  });
}

/** @param {Entry} entry */
async function deliver(entry) {
  progress.set(entry.id, 0);
  uploads.dispatchEvent(new CustomEvent("progress", { detail: entry.id }));
  try {
    const answer = await post(entry);
    await (entry.kind === "lookup" ? answered(entry, /** @type {Lookup} */ (answer)) : accepted(entry));
  } catch (error) {
    await refused(entry, error instanceof Trouble ? error : new Trouble("strange", { detail: String(error) }));
  }
}

/** @param {Entry} entry */
function post(entry) {
  /** @param {number} share */
  const tell = (share) => {
    progress.set(entry.id, share);
    uploads.dispatchEvent(new CustomEvent("progress", { detail: entry.id }));
  };
  if (entry.kind === "confirm") {
    const { outcome, partNumber, worker } = /** @type {import("./store.js").Word} */ (entry.word);
    return send(confirmationPath(entry.lookup ?? ""), entry.key, { outcome, partNumber, worker }, tell);
  }
  if (entry.kind === "teach") {
    return send(teachPath(entry.catalog, entry.adding ? entry.product?.partNumber : undefined), entry.key, taught(entry), tell);
  }
  return send(lookupsPath(entry.catalog), entry.key, asked(entry), tell);
}

/** @param {Entry} entry */
function asked(entry) {
  const options = { clientLookupId: entry.id, text: entry.text || undefined, region: entry.region, photoOf: entry.photoOf };
  if (entry.photoOf || entry.photos.length === 0) return options;
  return formOf(entry.photos, "request", options);
}

/** @param {Entry} entry */
function taught(entry) {
  return entry.adding ? formOf(entry.photos) : formOf(entry.photos, "product", entry.product);
}

/** @param {Blob[]} photos @param {string} [part] @param {object} [said] */
function formOf(photos, part, said) {
  const form = new FormData();
  photos.forEach((photo, place) => form.append("photo", photo, `photo-${place + 1}`));
  if (part) form.append(part, new Blob([JSON.stringify(said)], { type: "application/json" }), `${part}.json`);
  return form;
}

/**
 * An answer is kept for the very entry that asked, or for none.
 * @param {Entry} entry
 * @param {Lookup} answer
 */
async function answered(entry, answer) {
  if (answer.clientLookupId !== entry.id || !(await isOf(entry, answer))) throw new Trouble("stale_answer");
  await changeEntry(entry.id, (one) => {
    Object.assign(one, { state: "done", answer, seen: false, trouble: undefined, detail: undefined });
  });
  await pruneEntries();
}

/** Whether the answer is about the very bytes that were sent. @param {Entry} entry @param {Lookup} answer */
async function isOf(entry, answer) {
  if (entry.photoOf || !answer.photo || !globalThis.crypto?.subtle) return true;
  const digest = await crypto.subtle.digest("SHA-256", await entry.photos[0].arrayBuffer());
  const hex = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex === answer.photo.sha256;
}

/** @param {Entry} entry */
async function accepted(entry) {
  if (entry.kind === "teach") {
    await changeEntry(entry.id, (one) => void Object.assign(one, { state: "done", trouble: undefined, detail: undefined }));
    return;
  }
  await changeEntry(entry.of ?? "", (one) => {
    if (one.word) one.word.sent = true;
  });
  await removeEntry(entry.id);
}

/** @param {Entry} entry @param {Trouble} trouble */
async function refused(entry, trouble) {
  if (trouble.code === "product_exists" && entry.suggested && entry.product) {
    const product = { ...entry.product, partNumber: nextNumber(entry.product.partNumber) };
    await changeEntry(entry.id, (one) => void Object.assign(one, { product, key: newId(), nextTry: 0 }));
    return;
  }
  if (trouble.code === "photo_not_kept" && entry.photoOf) {
    // The service has let go of the photo; this device has not.
    await changeEntry(entry.id, (one) => void Object.assign(one, { photoOf: undefined, key: newId(), nextTry: 0 }));
    return;
  }
  const lost = trouble.code === "stale_answer" && entry.tries >= STALE_MAX;
  if (trouble.locked || (trouble.passing && !lost)) return later(entry, trouble);
  await changeEntry(entry.id, (one) => void Object.assign(one, { state: "failed", trouble: trouble.code, detail: trouble.detail }));
  if (entry.kind === "confirm") {
    await changeEntry(entry.of ?? "", (one) => {
      if (one.word) one.word.problem = trouble.code;
    });
  }
}

/** @param {Entry} entry @param {Trouble} trouble */
async function later(entry, trouble) {
  const backoff = Math.min(FIRST_MS * 2 ** entry.tries, LONGEST_MS) * (0.75 + Math.random() / 2);
  const pause = trouble.locked ? LOCKED_MS : Math.max(backoff, (trouble.retryAfter ?? 0) * 1000);
  await changeEntry(entry.id, (one) => {
    Object.assign(one, { tries: one.tries + 1, nextTry: Date.now() + pause, trouble: trouble.code, detail: trouble.detail });
  });
}

/** The part number after one, by the number that it ends with. @param {string} number */
export function nextNumber(number) {
  const digits = /\d+$/.exec(number)?.[0];
  if (!digits) return `${number}-2`;
  return number.slice(0, -digits.length) + String(Number(digits) + 1).padStart(digits.length, "0");
}

/** Send whenever there may be something to send: now, when the network is back, when the page is looked at again. */
export function startSending() {
  changes.addEventListener("change", () => void drain());
  globalThis.addEventListener("online", () => void wake());
  void drain();
}
