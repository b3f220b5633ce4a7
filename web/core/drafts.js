// What was typed for a posting and not sent yet: kept in this browser, for this account, until it is
// sent or the account logs out. With it the Idempotency-Key, so that a call repeated after anything,
// even after the page was loaded again, is the same call. What was sent leaves its receipt here, which
// the API gives once.

const PREFIX = "hirelane.draft.";
const RECEIPTS = "hirelane.receipt.";

const keyOf = (accountId, postingId) => `${PREFIX}${accountId}.${postingId}`;

// -> { cover_letter, links, key, unanswered } or null.
export function readDraft(accountId, postingId) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(accountId, postingId)));
  } catch {
    return null;
  }
}

export function keepDraft(accountId, postingId, draft) {
  try {
    localStorage.setItem(keyOf(accountId, postingId), JSON.stringify(draft));
    return true;
  } catch {
    // The browser has no room or does not allow it: what was typed is still on the page.
    return false;
  }
}

export function dropDraft(accountId, postingId) {
  localStorage.removeItem(keyOf(accountId, postingId));
}

export function keepReceipt(accountId, applicationId, receipt) {
  try {
    localStorage.setItem(`${RECEIPTS}${accountId}.${applicationId}`, receipt);
  } catch {
    // No room: nothing depends on it.
  }
}

export const readReceipt = (accountId, applicationId) =>
  localStorage.getItem(`${RECEIPTS}${accountId}.${applicationId}`);

export function dropDrafts() {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(PREFIX) || key.startsWith(RECEIPTS)) localStorage.removeItem(key);
  }
}
