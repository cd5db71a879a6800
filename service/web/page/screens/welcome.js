// @ts-check
/** The first start of a service without catalogs, and a device that the service does not know. */
import { makeCatalog } from "../catalogs.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { t } from "../i18n.js";
import { troubleWords } from "../words.js";

/** @returns {import("../app.js").Screen} */
export function welcomeScreen() {
  const wrong = h("p", { role: "alert" });
  const begin = h("button", { type: "button", class: "main" }, icon("teach"), t("welcome.begin"));
  begin.addEventListener("click", async () => {
    begin.disabled = true;
    try {
      await makeCatalog(t("welcome.catalog"));
      location.hash = "#teach";
    } catch (error) {
      const { code, detail } = /** @type {import("../api.js").Trouble} */ (error);
      wrong.textContent = troubleWords(code, detail);
      begin.disabled = false;
    }
  });
  const steps = [t("welcome.one"), t("welcome.two"), t("welcome.three")];
  const node = h(
    "section",
    { class: "plain welcome" },
    h("div", { class: "hero" }, icon("find")),
    h("h1", { tabindex: -1 }, t("welcome.title")),
    h("ol", { class: "steps" }, steps.map((words) => h("li", {}, words))),
    h("p", { class: "small" }, t("welcome.more")),
    wrong,
    h("div", { class: "actions" }, begin),
  );
  return { title: t("welcome.title"), node, bare: true };
}

/** @param {string} [code] why enrolling failed, where it was tried @returns {import("../app.js").Screen} */
export function lockedScreen(code) {
  const node = h(
    "section",
    { class: "plain welcome" },
    h("div", { class: "hero" }, icon("lock")),
    h("h1", { tabindex: -1 }, t("locked.title")),
    code && h("p", { class: "note warn", role: "alert" }, icon("warning"), h("span", {}, troubleWords(code))),
    h("ol", { class: "steps" }, [t("locked.one"), t("locked.two"), t("locked.three")].map((words) => h("li", {}, words))),
    h("p", { class: "small" }, t("locked.safe")),
    h("div", { class: "actions" }, h("button", { type: "button", class: "main", onclick: () => location.reload() }, icon("again"), t("locked.again"))),
  );
  return { title: t("locked.title"), node, bare: true };
}

/** @param {string} code @param {string} [detail] @returns {import("../app.js").Screen} */
export function unreachableScreen(code, detail) {
  const node = h(
    "section",
    { class: "plain welcome" },
    h("div", { class: "hero" }, icon("offline")),
    h("h1", { tabindex: -1 }, t("unreachable.title")),
    h("p", {}, troubleWords(code, detail)),
    h("div", { class: "actions" }, h("button", { type: "button", class: "main", onclick: () => location.reload() }, icon("again"), t("locked.again"))),
  );
  return { title: t("unreachable.title"), node, bare: true };
}
