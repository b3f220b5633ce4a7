// What was typed for a posting and not sent yet: kept in this browser, for this account, until it is
// sent or the account logs out. With it the Idempotency-Key, so that a call repeated after anything,
// even after the page was loaded again, is the same call. What was sent leaves its receipt here, which
// the API gives once.

import { drop, dropAll, keep, kept } from "./kept.js";

const PREFIX = "hirelane.draft.";
const RECEIPTS = "hirelane.receipt.";

const keyOf = (accountId, postingId) => `${PREFIX}${accountId}.${postingId}`;

// -> { cover_letter, links, key, unanswered } or null.
export function readDraft(accountId, postingId) {
  try {
    return JSON.parse(kept(keyOf(accountId, postingId)));
  } catch {
    return null;
  }
}

// -> whether it outlives the page.
export const keepDraft = (accountId, postingId, draft) =>
  keep(keyOf(accountId, postingId), JSON.stringify(draft));

export const dropDraft = (accountId, postingId) => drop(keyOf(accountId, postingId));

export const keepReceipt = (accountId, applicationId, receipt) =>
  keep(`${RECEIPTS}${accountId}.${applicationId}`, receipt);

export const readReceipt = (accountId, applicationId) => kept(`${RECEIPTS}${accountId}.${applicationId}`);

export function dropDrafts() {
  dropAll(PREFIX);
  dropAll(RECEIPTS);
}
