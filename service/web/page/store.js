// @ts-check
/**
 * What this device keeps: photos with their answers, and what waits to be sent. In IndexedDB, so that it outlives reloads.
 *
 * @typedef {import("photocode-contract").Lookup} Lookup
 * @typedef {import("photocode-contract").Region} Region
 *
 * @typedef {"lookup" | "teach" | "confirm"} Kind
 * @typedef {"waiting" | "done" | "failed"} State
 *
 * @typedef {object} Word what the worker said of an answer
 * @property {"confirmed" | "none_of_these" | "unsure"} outcome
 * @property {string} [partNumber]
 * @property {string} [worker] the name that was set when it was given; empty: none was wanted
 * @property {boolean} [sent]
 * @property {string} [problem] the code why it will never be
 *
 * @typedef {object} Entry
 * @property {string} id the client's own id of the request, echoed in the answer
 * @property {string} key its Idempotency-Key: the same at every try
 * @property {Kind} kind
 * @property {State} state
 * @property {string} catalog
 * @property {number} createdAt
 * @property {Blob[]} photos
 * @property {number} tries
 * @property {number} nextTry milliseconds since 1970
 * @property {string} [trouble] the code of what went wrong last
 * @property {string} [detail] what the service says of it
 * @property {string} [text]
 * @property {Region} [region]
 * @property {string} [photoOf] an earlier lookup whose photos are asked again; they are in `photos` too
 * @property {Lookup} [answer]
 * @property {Word} [word]
 * @property {boolean} [seen]
 * @property {{partNumber: string, name: string}} [product]
 * @property {boolean} [suggested] the number is ours and may be counted up
 * @property {boolean} [adding] the photos go to a product that exists
 * @property {string} [of] the entry whose answer is confirmed
 * @property {string} [lookup] the service's id of that answer
 * @property {{owner: string, until: number}} [lease]
 */

const NAME = "photocode";
const ENTRIES = "entries";
const HANDS = "hands";
const VERSION = 2;
const KEPT = 200;

/** Tells pages and the worker of each other's changes; the detail is the entry's id. */
export const changes = new EventTarget();

const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("photocode") : undefined;
channel?.addEventListener("message", (event) => announce(String(event.data)));

/** @param {string} id */
function announce(id) {
  changes.dispatchEvent(new CustomEvent("change", { detail: id }));
}

/** @param {string} id */
function tell(id) {
  announce(id);
  channel?.postMessage(id);
}

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const there = request.result.objectStoreNames;
      if (!there.contains(ENTRIES)) request.result.createObjectStore(ENTRIES, { keyPath: "id" });
      if (!there.contains(HANDS)) request.result.createObjectStore(HANDS);
    };
    request.onsuccess = () => {
      // A newer page in another window waits until this one lets go.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/**
 * Do something in one transaction; resolves once it is kept.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore, give: (value: T) => void) => void} work
 * @param {string} [name] of the store
 * @returns {Promise<T>}
 */
async function within(mode, work, name = ENTRIES) {
  const transaction = (await database()).transaction(name, mode);
  return new Promise((resolve, reject) => {
    /** @type {T} */
    let given;
    transaction.oncomplete = () => resolve(given);
    transaction.onabort = () => reject(transaction.error);
    work(transaction.objectStore(name), (value) => (given = value));
  });
}

/** All entries, the newest first. @returns {Promise<Entry[]>} */
export async function allEntries() {
  /** @type {Entry[]} */
  const found = await within("readonly", (store, give) => {
    const request = store.getAll();
    request.onsuccess = () => give(request.result);
  });
  return found.sort((a, b) => b.createdAt - a.createdAt);
}

/** @param {string} id @returns {Promise<Entry | undefined>} */
export function getEntry(id) {
  return within("readonly", (store, give) => {
    const request = store.get(id);
    request.onsuccess = () => give(request.result);
  });
}

/** @param {Entry} entry */
export async function putEntry(entry) {
  await within("readwrite", (store) => store.put(entry));
  tell(entry.id);
}

/**
 * Change an entry as it is now; nothing happens where it is gone, or where the change says false.
 * @param {string} id
 * @param {(entry: Entry) => void | boolean} change
 * @returns {Promise<boolean>} whether it was changed
 */
export async function changeEntry(id, change) {
  /** @type {boolean} */
  const changed = await within("readwrite", (store, give) => {
    const request = store.get(id);
    request.onsuccess = () => {
      const entry = /** @type {Entry | undefined} */ (request.result);
      const wanted = entry !== undefined && change(entry) !== false;
      give(wanted);
      if (wanted) store.put(entry);
    };
  });
  if (changed) tell(id);
  return changed;
}

/** @param {string} id */
export async function removeEntry(id) {
  await within("readwrite", (store) => store.delete(id));
  tell(id);
}

/** Forget the oldest answered ones beyond what a phone should hold. */
export async function pruneEntries() {
  const done = (await allEntries()).filter((entry) => entry.state === "done");
  for (const entry of done.slice(KEPT)) await removeEntry(entry.id);
}

/** Keep what is in the hand and not sent yet; undefined: nothing is. @param {string} name @param {unknown} value */
export async function keepHand(name, value) {
  await within("readwrite", (store) => (value === undefined ? store.delete(name) : store.put(value, name)), HANDS);
}

/** What was in the hand when the page was left. @param {string} name @returns {Promise<any>} */
export function keptHand(name) {
  return within("readonly", (store, give) => {
    const request = store.get(name);
    request.onsuccess = () => give(request.result);
  }, HANDS);
}

/** A random id, also where the page is not in a secure context. */
export function newId() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
