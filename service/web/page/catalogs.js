// @ts-check
/**
 * Which catalogs there are, and which one is asked. The last list is remembered for times without network.
 * @typedef {import("photocode-contract").Catalog} Catalog
 */
import * as api from "./api.js";

const CHOSEN = "photocode-catalog";
const LIST = "photocode-catalogs";

/** @type {Catalog[]} */
let known = JSON.parse(localStorage.getItem(LIST) ?? "[]");

/** @returns {Catalog[]} */
export function knownCatalogs() {
  return known;
}

/** The service's list; the remembered one where it does not answer. */
export async function refreshCatalogs() {
  known = (await api.listCatalogs()).catalogs;
  localStorage.setItem(LIST, JSON.stringify(known));
  return known;
}

/** The catalog that is asked, where there is one. @returns {Catalog | undefined} */
export function chosenCatalog() {
  const name = localStorage.getItem(CHOSEN);
  return known.find((one) => one.name === name) ?? known[0];
}

/** @param {string} name */
export function chooseCatalog(name) {
  localStorage.setItem(CHOSEN, name);
}

/** What a catalog is called: its title, or else its name. @param {Catalog} catalog */
export function titleOf(catalog) {
  return catalog.title || catalog.name;
}

/**
 * Make a catalog and choose it. Its name is made of its title.
 * @param {string} title
 */
export async function makeCatalog(title) {
  const plain = title.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const stem = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 50) || "things";
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? stem : `${stem}-${number}`;
    try {
      const made = await api.createCatalog(name, title);
      chooseCatalog(name);
      await refreshCatalogs();
      return made;
    } catch (error) {
      if (!(error instanceof api.Trouble) || error.code !== "catalog_exists" || number > 20) throw error;
    }
  }
}
