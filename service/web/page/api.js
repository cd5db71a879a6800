// @ts-check
/**
 * The service's public API. Every failure is a Trouble with a stable code; those of the network have codes of our own.
 *
 * @template {import("photocode-contract").OperationId} Id
 * @typedef {import("photocode-contract").Answer<Id>} Answer
 */

const READ_MS = 15_000;
/** Without a byte for so long an upload is given up; the service answers a lookup within 30 s. */
const STALL_MS = 40_000;

/** Tells that the service does not know this device ("locked"). */
export const access = new EventTarget();

/** A request that did not succeed. */
export class Trouble extends Error {
  /**
   * @param {string} code of the contract's problem codes, or network, late, strange
   * @param {{status?: number, detail?: string, retryAfter?: number}} [more]
   */
  constructor(code, more = {}) {
    super(code);
    this.code = code;
    this.status = more.status ?? 0;
    this.detail = more.detail ?? "";
    /** Seconds. @type {number | undefined} */
    this.retryAfter = more.retryAfter;
  }

  /** Whether the very same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status >= 500 || [408, 425, 429, 499].includes(this.status) || this.retryAfter !== undefined;
  }

  /** Whether this device is not known to the service. */
  get locked() {
    return this.status === 401;
  }
}

/**
 * What an answer says.
 * @param {number} status
 * @param {string} body
 * @param {string | null} retryAfter
 * @returns {unknown}
 */
function understood(status, body, retryAfter) {
  /** @type {any} */
  let said;
  try {
    said = JSON.parse(body);
  } catch {
    // Not of the service: a proxy's page, or half an answer.
    throw new Trouble("strange", { status: status < 400 ? 0 : status });
  }
  if (status >= 200 && status < 300) return said;
  const seconds = Number.parseInt(retryAfter ?? "", 10);
  const trouble = new Trouble(typeof said?.code === "string" ? said.code : "strange", {
    status,
    detail: typeof said?.detail === "string" ? said.detail : "",
    retryAfter: Number.isFinite(seconds) ? seconds : undefined,
  });
  if (trouble.locked) access.dispatchEvent(new Event("locked"));
  throw trouble;
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @param {number} patience milliseconds
 */
async function fetched(path, init, patience) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), patience);
  try {
    const response = await fetch(path, { ...init, signal: control.signal, cache: "no-store" });
    return understood(response.status, await response.text(), response.headers.get("Retry-After"));
  } catch (error) {
    if (error instanceof Trouble) throw error;
    throw new Trouble(control.signal.aborted ? "late" : "network");
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {string} path
 * @param {Record<string, string>} headers
 * @param {BodyInit} body
 * @param {(share: number) => void} onProgress
 */
function uploaded(path, headers, body, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), STALL_MS);
    };
    request.open("POST", path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      alive();
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.upload.onload = alive;
    request.onerror = () => reject(new Trouble("network"));
    request.onabort = () => reject(new Trouble("late"));
    request.onloadend = () => clearTimeout(timer);
    request.onload = () => {
      try {
        resolve(understood(request.status, request.responseText, request.getResponseHeader("Retry-After")));
      } catch (error) {
        reject(error);
      }
    };
    alive();
    request.send(/** @type {XMLHttpRequestBodyInit} */ (body));
  });
}

/**
 * Send something, under a key that makes repeating it safe. Workers of a page have no XMLHttpRequest, which tells progress.
 * @param {string} path
 * @param {string} key
 * @param {FormData | object} body
 * @param {(share: number) => void} [onProgress]
 * @returns {Promise<unknown>}
 */
export function send(path, key, body, onProgress = () => {}) {
  /** @type {Record<string, string>} */
  const headers = { "Idempotency-Key": key, Accept: "application/json" };
  const form = body instanceof FormData;
  if (!form) headers["Content-Type"] = "application/json";
  const content = form ? body : JSON.stringify(body);
  if (typeof XMLHttpRequest !== "undefined") return uploaded(path, headers, content, onProgress);
  return fetched(path, { method: "POST", headers, body: content }, 2 * STALL_MS);
}

/** @param {string} path @returns {Promise<any>} */
function read(path) {
  return fetched(path, {}, READ_MS);
}

/** @param {string} path @param {object} body @returns {Promise<any>} */
function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return fetched(path, { method: "POST", headers, body: JSON.stringify(body) }, READ_MS);
}

/**
 * Make this device known; the browser keeps the token where no script can read it.
 * @param {string} enrolmentToken
 * @param {string} name
 */
export const enrolDevice = (enrolmentToken, name) => post("/v1/devices", { enrolmentToken, name, keep: "cookie" });

/** Who this device is to the service. @returns {Promise<Answer<"getOwnDevice">>} */
export const ownDevice = () => read("/v1/devices/me");

/** @param {string} catalog */
const catalogPath = (catalog) => `/v1/catalogs/${encodeURIComponent(catalog)}`;

/** @returns {Promise<Answer<"listCatalogs">>} */
export const listCatalogs = () => read("/v1/catalogs");

/** @param {string} catalog @returns {Promise<Answer<"getCatalog">>} */
export const getCatalog = (catalog) => read(catalogPath(catalog));

/** @param {string} name @param {string} title @returns {Promise<Answer<"createCatalog">>} */
export const createCatalog = (name, title) => post("/v1/catalogs", { name, title });

/** @param {string} partNumber as a path: slashes in it stay */
const asPath = (partNumber) => partNumber.split("/").map(encodeURIComponent).join("/");

/** @param {string} catalog @param {string} partNumber @returns {Promise<Answer<"getProduct">>} */
export const getProduct = (catalog, partNumber) => read(`${catalogPath(catalog)}/products/${asPath(partNumber)}`);

/**
 * @param {string} catalog
 * @param {{partNumber: string} | {referenceId: string}} like
 * @param {string} [after]
 * @returns {Promise<Answer<"findSimilar">>}
 */
export const findSimilar = (catalog, like, after) =>
  read(`${catalogPath(catalog)}/similar?${new URLSearchParams({ ...like, limit: "10", ...(after ? { after } : {}) })}`);

/** @param {string} lookup @param {string} after @returns {Promise<Answer<"listCandidates">>} */
export const furtherCandidates = (lookup, after) =>
  read(`/v1/lookups/${lookup}/candidates?${new URLSearchParams({ after, limit: "10" })}`);

/** @param {string} catalog */
export const lookupsPath = (catalog) => `${catalogPath(catalog)}/lookups`;

/** @param {string} catalog @param {string} [partNumber] of the product that photos are added to */
export const teachPath = (catalog, partNumber) => `${catalogPath(catalog)}/products${partNumber ? `/${asPath(partNumber)}` : ""}`;

/** @param {string} lookup */
export const confirmationPath = (lookup) => `/v1/lookups/${lookup}/confirmation`;
