// Requests for receipts and for the public keys that verify them.

import { call } from "../core/api-client.js";
import { readItem, saveItem } from "../core/browser-features.js";
import { session } from "../core/session.js";

const KEYS = "hirelane.receipt-keys";

/** Return the complete receipt of an application of the account that is logged in. */
export async function readCompleteReceipt(id, signal) {
  const path = `v1/applications/${encodeURIComponent(id)}/receipt`;
  const { body } = await session.call("GET", path, { signal });
  return body.receipt;
}

/** Return the receipt that anyone can check in place of an interim one, which only the API can. */
export async function exchangeInterim(receipt, signal) {
  // Without the access token, because anyone may do it.
  const { body } = await call("GET", `v1/receipts/${encodeURIComponent(receipt)}`, { signal });
  return body.receipt;
}

/** Return the public keys: the newest ones, or those that this browser kept, or null. */
export async function readReceiptKeys(signal) {
  try {
    const { body } = await call("GET", "v1/receipts/keys", { signal });
    saveItem(KEYS, JSON.stringify(body.keys));
    return body.keys;
  } catch (error) {
    if (signal.aborted) throw error;
    const kept = readItem(KEYS);
    return kept ? JSON.parse(kept) : null;
  }
}
