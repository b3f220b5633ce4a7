// What was typed for a posting and not sent yet: kept in this browser, for this account, until it is
// sent or the account logs out. With it the Idempotency-Key, so that a call repeated after anything,
// even after the page was loaded again, is the same call. There is one, in however many tabs. What was
// sent leaves its receipt here, which the API gives once.

import { dropAll, keep, kept } from "./kept.js";

const PREFIX = "hirelane.draft.";
const RECEIPTS = "hirelane.receipt.";

const keyOf = (accountId, postingId) => `${PREFIX}${accountId}.${postingId}`;

// -> { cover_letter, links, key, unanswered } or null.
export function readDraft(accountId, postingId) {
  try {
    const draft = JSON.parse(kept(keyOf(accountId, postingId)));
    return draft.key ? draft : null;
  } catch {
    return null;
  }
}

// -> whether it outlives the page.
export const keepDraft = (accountId, postingId, draft) =>
  keep(keyOf(accountId, postingId), JSON.stringify(draft));

// Changes what belongs to a draft beside its text, which another tab may have changed meanwhile.
export function amendDraft(accountId, postingId, draft, changes) {
  Object.assign(draft, changes);
  const newest = { ...draft, ...readDraft(accountId, postingId), ...changes, isSent: undefined };
  return keepDraft(accountId, postingId, newest);
}

// It was sent. What was typed in another tab meanwhile stays: with `changes`. One step, so that what a
// tab does that hears of it comes after it: browsers promise no order of what two tabs do at once.
export function dropDraft(accountId, postingId, sent, changes) {
  const newest = readDraft(accountId, postingId);
  const rest = newest && textOf(newest) !== textOf(sent) && { ...newest, ...changes };
  keepDraft(accountId, postingId, { ...rest, isSent: true });
}

const textOf = ({ cover_letter, links }) => JSON.stringify([cover_letter, links]);

// heard(draft) gets the draft as another tab left it; `isSent` when that tab sent it. Of a log-out,
// which drops it, the session tells.
export function hearDraft(accountId, postingId, heard, signal) {
  const key = keyOf(accountId, postingId);
  const changed = (event) => event.key === key && event.newValue && heard(JSON.parse(event.newValue));
  addEventListener("storage", changed, { signal });
}

export const keepReceipt = (accountId, applicationId, receipt) =>
  keep(`${RECEIPTS}${accountId}.${applicationId}`, receipt);

export const readReceipt = (accountId, applicationId) => kept(`${RECEIPTS}${accountId}.${applicationId}`);

// Of one account, whose log-out it is. Those of others wait for them.
export function dropDrafts(accountId) {
  dropAll(`${PREFIX}${accountId}.`);
  dropAll(`${RECEIPTS}${accountId}.`);
}
