// Drafts and receipts in this browser, per account. A draft holds the text that was typed for one
// posting and the Idempotency-Key of its next request, so a request repeated after a page load has
// the same key. All tabs share one draft. The API returns a receipt only once, so it is saved here.
// When the account logs out, all of them are removed (core/browser-features.js).

import { readItem, saveItem } from "../core/browser-features.js";
import { wellFormedValue } from "../core/text-model.js";

const DRAFT_PREFIX = "hirelane.draft.";
const RECEIPT_PREFIX = "hirelane.receipt.";

const draftKey = (accountId, postingId) => `${DRAFT_PREFIX}${accountId}.${postingId}`;
const receiptKey = (accountId, applicationId) => `${RECEIPT_PREFIX}${accountId}.${applicationId}`;

/** Return `{ cover_letter, links, files, answers, key, unanswered }`, or null. */
export function readDraft(accountId, postingId) {
  try {
    const draft = parseDraft(readItem(draftKey(accountId, postingId)));
    return draft.key ? draft : null;
  } catch {
    return null;
  }
}

// Drafts of earlier versions may contain lone surrogates, which no request can contain.
const parseDraft = (text) => JSON.parse(text, wellFormedValue);

/** Save a draft. Return whether it survives a page load. */
export const saveDraft = (accountId, postingId, draft) =>
  saveItem(draftKey(accountId, postingId), JSON.stringify(draft));

/** Change fields other than the text, because another tab may have changed the text. */
export function updateDraft(accountId, postingId, draft, changes) {
  Object.assign(draft, changes);
  const newest = { ...draft, ...readDraft(accountId, postingId), ...changes, isSent: undefined };
  return saveDraft(accountId, postingId, newest);
}

/**
 * Delete a draft that was sent. Text that another tab typed meanwhile stays as a draft, with `changes`.
 * This is a single write, because browsers do not order the writes of two tabs.
 */
export function markDraftSent(accountId, postingId, sent, changes) {
  const newest = readDraft(accountId, postingId);
  const rest = newest && textOf(newest) !== textOf(sent) && { ...newest, ...changes };
  saveDraft(accountId, postingId, { ...rest, isSent: true });
}

const textOf = ({ cover_letter, links, files = [], answers = {} }) =>
  JSON.stringify([cover_letter, links, files.map((file) => file.id), answers]);

/**
 * Call `onChange(draft)` when another tab changes the draft; `isSent` is true when that tab sent it.
 * A log-out, which deletes the draft, is reported by the session instead.
 */
export function watchDraft(accountId, postingId, onChange, signal) {
  const key = draftKey(accountId, postingId);
  const listen = (event) => event.key === key && event.newValue && onChange(parseDraft(event.newValue));
  addEventListener("storage", listen, { signal });
}

export const saveReceipt = (accountId, applicationId, receipt) =>
  saveItem(receiptKey(accountId, applicationId), receipt);

export const readReceipt = (accountId, applicationId) => readItem(receiptKey(accountId, applicationId));
