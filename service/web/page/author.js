// @ts-check
/**
 * The name of who gives the words, kept on this device. There are three states: a name; none, by choice; not said yet.
 */
import { ownDevice } from "./api.js";

const KEPT = "photocode-author";
const CHARACTERS = 100;

/** The name; empty, where none is wanted; undefined, where nobody was asked yet. */
export function author() {
  return localStorage.getItem(KEPT) ?? undefined;
}

/** @param {string} name as it was typed; a blank one: none is wanted */
export function setAuthor(name) {
  localStorage.setItem(KEPT, tidy(name));
}

/** What the service takes: one line, no more than 100 characters. @param {string} name */
function tidy(name) {
  const line = name.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return [...line].slice(0, CHARACTERS).join("").trim();
}

/**
 * Take the name over that the device was enrolled for, unless one was chosen here.
 * @param {boolean} [anew] also then: the device was just given to somebody
 */
export async function learnAuthor(anew = false) {
  if (author() !== undefined && !anew) return;
  const worker = (await ownDevice().catch(() => undefined))?.device?.worker;
  if (worker && (author() === undefined || anew)) setAuthor(worker);
}
