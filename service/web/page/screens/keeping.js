// @ts-check
/** Photos are kept on the device before anything is sent; a device without room says so. */
import { toast } from "../dom.js";
import { t } from "../i18n.js";
import { enqueue } from "../queue.js";

/**
 * Keep an entry and send it.
 * @param {import("../store.js").Entry} entry
 * @returns {Promise<boolean>} whether it could be kept
 */
export async function enqueued(entry) {
  try {
    await enqueue(entry);
  } catch {
    toast(t("trouble.storage"));
    return false;
  }
  // What waits to be sent should not be cleared away by the browser.
  void navigator.storage?.persist?.().catch(() => undefined);
  return true;
}
