// Unsaved changes of postings in this browser, for each account and posting. They are removed
// when the account logs out (core/browser-features.js).

import { readItem, removeItem, saveItem } from "../core/browser-features.js";
import { wellFormedValue } from "../core/text-model.js";

const keyOf = (accountId, id) => `hirelane.posting.${accountId}.${id}`;

/** Return `{ version, base, values }`, or null. `base` are the fields on which the values are based. */
export function readPostingDraft(accountId, id) {
  try {
    const draft = JSON.parse(readItem(keyOf(accountId, id)), wellFormedValue);
    return draft?.values && draft.base ? draft : null;
  } catch {
    return null;
  }
}

export const savePostingDraft = (accountId, id, draft) =>
  saveItem(keyOf(accountId, id), JSON.stringify(draft));

export const removePostingDraft = (accountId, id) => removeItem(keyOf(accountId, id));
