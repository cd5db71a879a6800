// @ts-check
/**
 * Words in the reader's language; of the dictionaries one is loaded.
 * @typedef {keyof typeof import("./lang/en.js").default} Key
 * @typedef {Record<Key, string>} Dictionary
 * @typedef {"en" | "de" | "es"} Language
 */

/** @type {Record<Language, string>} */
export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español" };

const KEPT = "photocode-language";

/** @type {Record<string, string>} */
let words = {};
/** @type {Language} */
let current = "en";

/** @param {string | null} tag @returns {tag is Language} */
function isLanguage(tag) {
  return tag !== null && tag in LANGUAGES;
}

/** The language that was chosen, or else the first of the browser's that there is. */
export function wantedLanguage() {
  const chosen = localStorage.getItem(KEPT);
  if (isLanguage(chosen)) return chosen;
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return spoken.find(isLanguage) ?? "en";
}

/** @param {Language} language */
export async function useLanguage(language) {
  const loaded = await import(`./lang/${language}.js`);
  words = loaded.default;
  current = language;
  document.documentElement.lang = language;
}

/** @param {Language} language */
export async function chooseLanguage(language) {
  localStorage.setItem(KEPT, language);
  // Where this version's dictionary is gone, the page of the next version has it.
  await useLanguage(language).catch(() => location.reload());
}

export function language() {
  return current;
}

/**
 * The words for a key, with values put in for {names}.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * The words for a key that is put together at run time, where there are any.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function maybe(key, values = {}) {
  return key in words ? t(/** @type {Key} */ (key), values) : undefined;
}

/** @param {number} moment milliseconds since 1970 */
export function when(moment) {
  const today = new Date().toDateString() === new Date(moment).toDateString();
  /** @type {Intl.DateTimeFormatOptions} */
  const form = today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(current, form).format(moment);
}
