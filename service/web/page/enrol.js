// @ts-check
/** Makes this device known to the service, by the token of the address that was scanned. */
import { Trouble, enrolDevice } from "./api.js";
import { learnAuthor } from "./author.js";
import { t } from "./i18n.js";

/**
 * Exchange the address's token, once. It stands in the fragment, which no server sees, and is gone from there at once.
 * @returns {Promise<string | undefined>} the code of what went wrong
 */
export async function enrolByAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("enrol");
  if (!token) return undefined;
  history.replaceState(null, "", "/");
  try {
    await enrolDevice(token, deviceName());
    await learnAuthor(true);
    return undefined;
  } catch (error) {
    return error instanceof Trouble ? error.code : "strange";
  }
}

/** What the device is called in the list of devices. */
function deviceName() {
  const kind = /iPhone|iPad|Android|Windows|Mac|Linux/.exec(navigator.userAgent)?.[0];
  return kind ? t("device.named", { kind }) : t("device.unnamed");
}
