// @ts-check
/**
 * What codes and figures of the contract are called by people.
 * @typedef {import("photocode-contract").Lookup} Lookup
 * @typedef {import("photocode-contract").Candidate} Candidate
 * @typedef {import("./icons.js").IconName} IconName
 */
import { maybe, t } from "./i18n.js";

/** @typedef {{tone: "match" | "maybe" | "none" | "text", icon: IconName, title: string, more: string}} Told */

/** The verdict in words, a tone and a drawing. @param {Lookup} answer @returns {Told} */
export function verdictWords(answer) {
  const hits = answer.candidates.length;
  if (!answer.photo && answer.verdict !== "match") {
    return { tone: "text", icon: "search", title: hits ? t("verdict.words", { text: answer.text ?? "" }) : t("verdict.noWords"), more: hits ? t("verdict.wordsMore") : t("verdict.noWordsMore") };
  }
  const first = answer.candidates[0];
  if (answer.verdict === "match") {
    const named = first?.matchedBy.includes("barcode");
    const more = named ? t("verdict.byCode") : answer.photo ? oddsWords(answer.verdictBasis.probability) : t("verdict.byNumber");
    return { tone: "match", icon: "check", title: t("verdict.match"), more };
  }
  if (answer.verdict === "ambiguous" && hits) {
    const odds = answer.verdictBasis.probability;
    const more = odds === undefined ? t("verdict.compare") : t("odds.first", { number: Math.round(odds * 100) });
    return { tone: "maybe", icon: "question", title: hits > 1 ? t("verdict.ambiguous") : t("verdict.ambiguousOne"), more };
  }
  return { tone: "none", icon: "cross", title: t("verdict.none"), more: hits ? t("verdict.noneMore") : t("verdict.noneAtAll") };
}

/** A probability as a share of a hundred such cases. @param {number | undefined} probability */
function oddsWords(probability) {
  if (probability === undefined) return t("verdict.byLooks");
  if (probability >= 0.995) return t("odds.nearlyAll");
  return t("odds.some", { number: Math.round(probability * 100) });
}

/** A field of a product. @param {string} field */
export function fieldWords(field) {
  if (field === "category") return t("field.category");
  if (field === "partNumber") return t("field.partNumber");
  return field.replace(/^metadata:/, "").replaceAll("_", " ");
}

/** Why a request failed. @param {string | undefined} code @param {string} [detail] */
export function troubleWords(code, detail) {
  return maybe(`trouble.${code}`) ?? `${t("trouble.other")} ${detail ?? ""} (${code})`;
}

/** Why a candidate is there. @param {Candidate} candidate */
export function reasonWords(candidate) {
  return candidate.matchedBy.map((channel) => maybe(`by.${channel}`) ?? channel);
}
