// The API of guest applications, and their drafts in this browser.

import { call } from "../core/api-client.js";
import { randomId, saveItem } from "../core/browser-features.js";
import { MARK_KEY, session } from "../core/session.js";
import { newRequest } from "./draft-model.js";
import { markDraftSent, readDraft } from "./draft-store.js";

// Drafts of nobody's account.
export const GUEST = "guest";

/** E-mail a link that sends an application. */
export const requestLink = (postingId, body, signal) =>
  call("POST", `v1/postings/${encodeURIComponent(postingId)}/guest-applications`, { body, signal });

/** Read what a link sends. */
export const readPending = (token, signal) =>
  call("POST", "v1/guest-applications/preview", { body: { token }, signal });

/** Send the application of a link. It can be repeated. */
export const confirmPending = (body, signal) =>
  call("POST", "v1/guest-applications/confirmation", { body, signal });

/** Use the session whose cookie the answer to a confirmation has set. */
export async function adoptSession() {
  saveItem(MARK_KEY, randomId());
  await session.restore();
}

/** Delete the draft for a posting, here and in other tabs. */
export function deleteGuestDraft(postingId) {
  const draft = readDraft(GUEST, postingId);
  if (draft) markDraftSent(GUEST, postingId, draft, newRequest());
}
