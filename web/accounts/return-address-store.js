// The address to return to after a log-in or sign-up. It is the parameter "then" of the page; a
// sign-up saves it in this browser until its e-mailed link is opened.

import { readItem, removeItem, saveItem } from "../core/browser-features.js";
import { buildHash } from "../core/router.js";

const STORE_KEY = "hirelane.then";
const FRONT_PAGE = "#/";

/** Return the address. Only an address of this client is accepted. */
export function returnAddressOf(view) {
  const hash = view.query.get("then") ?? "";
  return hash.startsWith("#/") ? hash : FRONT_PAGE;
}

/** Return the hash of another page with the same return address. */
export const hashWithReturnAddress = (path, returnAddress) =>
  buildHash(path, { then: returnAddress === FRONT_PAGE ? "" : returnAddress });

export function saveReturnAddress(returnAddress) {
  if (returnAddress === FRONT_PAGE) removeItem(STORE_KEY);
  else saveItem(STORE_KEY, returnAddress);
}

/** Return the saved address and remove it. */
export function takeReturnAddress() {
  const returnAddress = readItem(STORE_KEY) ?? FRONT_PAGE;
  removeItem(STORE_KEY);
  return returnAddress;
}
