// Sending an application: once, whatever happens between the click and the answer.

import { Problem } from "../core/api.js";
import { amendDraft, dropDraft, keepReceipt, readDraft } from "../core/drafts.js";
import { session } from "../core/session.js";
import { persist } from "./persisting.js";
import { isActive } from "./progress.js";

// The draft for a posting, or a new one. Its key stays the same until there is an answer.
export function draftOf(accountId, postingId) {
  const kept = readDraft(accountId, postingId);
  return {
    cover_letter: kept?.cover_letter ?? "",
    links: kept?.links ?? [],
    key: kept?.key ?? crypto.randomUUID(),
    // An attempt was made, and what became of it is not known.
    unanswered: kept?.unanswered ?? false,
  };
}

const unsent = () => ({ key: crypto.randomUUID(), unanswered: false });

// An answer came to what was sent with the draft's key: what is sent next is another request.
export const renewKey = (accountId, postingId, draft) =>
  amendDraft(accountId, postingId, draft, unsent());

// The newest application for a posting, withdrawn or not, or null.
export async function applicationFor(postingId, signal) {
  const path = `v1/applications?${new URLSearchParams({ posting_id: postingId, limit: 1 })}`;
  const { body } = await session.call("GET", path, { signal });
  return body.applications[0] ?? null;
}

// -> { receipt, isTaken }, or { before } when another version of it had arrived already. What is not
// taken, since the receipt is of another application or of one that was withdrawn since, stays a draft.
// Throws the Problem that says why it was refused.
export async function apply({ accountId, postingId, draft, signal, place }) {
  const body = { cover_letter: draft.cover_letter, links: draft.links.filter(Boolean) };
  const attempt = () =>
    session.call("POST", `v1/postings/${encodeURIComponent(postingId)}/applications`, {
      body,
      headers: { "Idempotency-Key": draft.key },
      signal,
    });
  const latest = () => persist(() => applicationFor(postingId, signal), { signal, place });
  // What was accepted by an attempt whose answer was lost may have been withdrawn elsewhere since.
  const stands = async ({ id }) => {
    const read = () => session.call("GET", `v1/applications/${id}`, { signal });
    const { body: progress } = await persist(read, { signal, place });
    return !["withdrawing", "withdrawn"].includes(progress.status);
  };
  const lost = () => amendDraft(accountId, postingId, draft, { unanswered: true });
  for (;;) {
    try {
      const { body: receipt } = await persist(attempt, { signal, place, lost });
      const isTaken = !receipt.repeat && (!draft.unanswered || (await stands(receipt)));
      if (isTaken) dropDraft(accountId, postingId, draft, unsent());
      else renewKey(accountId, postingId, draft);
      keepReceipt(accountId, receipt.id, receipt.receipt);
      return { receipt, isTaken };
    } catch (error) {
      if (signal.aborted || !(error instanceof Problem)) throw error;
      // Too often: that is not remembered, the key may stay.
      if (error.status === 429) throw error;
      renewKey(accountId, postingId, draft);
      if (error.kind !== "idempotency-key-reused") throw error;
      // Before it was changed, an attempt with this key was answered, which did not reach this
      // browser. It was accepted, or refused; then the changed one is a new request.
      const before = await latest();
      if (before && isActive(before)) return { before };
    }
  }
}
