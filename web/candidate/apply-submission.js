// Sending an application exactly once, even if answers are lost.

import { Problem } from "../core/api-client.js";
import { isActive } from "./application-model.js";
import { findApplication, postApplication, readApplication } from "./applications-api.js";
import { draftFrom, newRequest } from "./draft-model.js";
import { markDraftSent, readDraft, saveReceipt, updateDraft } from "./draft-store.js";
import { retryUntilAnswered } from "./retry-view.js";

/** Return the saved draft for a posting, or a new one. */
export const loadDraft = (accountId, postingId) => draftFrom(readDraft(accountId, postingId));

/** Give a draft a new idempotency key, so that the API takes its next request as a new one. */
export const renewKey = (accountId, postingId, draft) =>
  updateDraft(accountId, postingId, draft, newRequest());

/** Return the body of the request that sends a draft and the answers to a form. */
export const bodyOf = ({ cover_letter, links, files }, form) => ({
  cover_letter,
  links: links.filter(Boolean),
  ...(files.length ? { files: files.map((file) => file.token) } : {}),
  ...form,
});

/**
 * Send a draft. The draft is deleted when it was accepted; in every other case it is kept.
 *
 * @param {object} options
 * @param {string} options.accountId
 * @param {string} options.postingId
 * @param {ReturnType<typeof draftFrom>} options.draft
 * @param {{form_version?: number, answers?: Record<string, any>, consent?: string}} options.form the answers,
 *   the version that they answer, and the privacy notice that was agreed to
 * @param {AbortSignal} options.signal
 * @param {(node: Node | null) => void} options.place shows the state of the retries
 * @returns {Promise<{event: "accepted" | "repeat" | "withdrawing", receipt?: any, application?: any}>}
 *   accepted: this draft is the application. repeat: an earlier application counts. withdrawing: this
 *   draft had been accepted by an earlier attempt and was withdrawn in another browser since.
 * @throws {Problem} why the API rejected the application
 */
export async function submitApplication({ accountId, postingId, draft, form, signal, place }) {
  const post = () => postApplication(postingId, bodyOf(draft, form), { key: draft.key, signal });
  const onNoAnswer = () => updateDraft(accountId, postingId, draft, { unanswered: true });
  const isWithdrawn = async ({ id }) => {
    const read = () => readApplication(id, { signal });
    const { body: application } = await retryUntilAnswered(read, { signal, place });
    return ["withdrawing", "withdrawn"].includes(application.status);
  };
  for (;;) {
    try {
      const { body: receipt } = await retryUntilAnswered(post, { signal, place, onNoAnswer });
      const event = await submittedEvent(receipt, draft, isWithdrawn);
      if (event === "accepted") markDraftSent(accountId, postingId, draft, newRequest());
      else renewKey(accountId, postingId, draft);
      saveReceipt(accountId, receipt.id, receipt.receipt);
      return { event, receipt };
    } catch (error) {
      if (signal.aborted || !(error instanceof Problem)) throw error;
      // The API does not store its answer 429 under the key, so the key can be used again.
      if (error.status === 429) throw error;
      renewKey(accountId, postingId, draft);
      if (error.slug !== "idempotency-key-reused") throw error;
      // An earlier attempt with this key and another text was answered, but the answer was lost. If
      // it was accepted, it counts. If it was rejected, the present text is sent as a new request.
      const find = () => findApplication(postingId, signal);
      const application = await retryUntilAnswered(find, { signal, place });
      if (application && isActive(application)) return { event: "repeat", application };
    }
  }
}

async function submittedEvent(receipt, draft, isWithdrawn) {
  if (receipt.repeat) return "repeat";
  // Only the answer to a repeated request may be about an application that was withdrawn since.
  return draft.unanswered && (await isWithdrawn(receipt)) ? "withdrawing" : "accepted";
}
