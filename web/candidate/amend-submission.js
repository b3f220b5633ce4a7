// Sending a new version of an application exactly once, even if answers are lost.

import { Problem } from "../core/api-client.js";
import { postAmendment } from "./applications-api.js";
import { renewKey } from "./apply-submission.js";
import { draftFrom, newRequest } from "./draft-model.js";
import { markDraftSent, readDraft, saveDraft, updateDraft } from "./draft-store.js";
import { retryUntilAnswered } from "./retry-view.js";

/**
 * Return the draft of a change: the saved one, or a new one from a revision. `base` is the number of the
 * revision that it began with.
 */
export function loadAmendment(accountId, applicationId, revision) {
  const saved = readDraft(accountId, applicationId);
  return { ...draftFrom(saved ?? typed(revision)), base: saved?.base ?? revision.revision };
}

// A draft has numbers as they are typed.
const typed = ({ cover_letter, links, answers }) => ({
  cover_letter,
  links,
  answers: Object.fromEntries(
    Object.entries(answers).map(([id, one]) => [id, typeof one === "number" ? String(one) : one]),
  ),
});

/** Forget a draft, and begin again from a revision. */
export function restartAmendment(accountId, applicationId, revision) {
  const draft = { ...draftFrom({ ...typed(revision), ...newRequest() }), base: revision.revision };
  saveDraft(accountId, applicationId, draft);
  return draft;
}

/** Forget a draft that was not sent. */
export const discardAmendment = (accountId, applicationId, draft) =>
  markDraftSent(accountId, applicationId, draft, newRequest());

/**
 * Return the body of the request. What the form does not show stays as it is: answers to questions that
 * the employer has changed since.
 */
export const amendmentBody = (draft, { form_version, answers }, form = {}) => ({
  form_version,
  answers,
  ...form,
  cover_letter: draft.cover_letter,
  links: draft.links.filter(Boolean),
  files: draft.files.map((file) => file.token),
});

/** Return whether a body has another content than a revision. Its files are added to those of it. */
export const isNewContent = (body, revision) =>
  body.files.length > 0 || Boolean(body.file_answers) || textOf(body) !== textOf(revision);

/** Return whether a draft differs from the revision it began with. */
export const isChanged = (draft, revision) =>
  isNewContent(amendmentBody(draft, revision, { answers: draft.answers }), typed(revision));

const textOf = ({ cover_letter, links, answers }) =>
  JSON.stringify([
    cover_letter,
    links,
    // A blank answer is none.
    Object.entries(answers)
      .filter(([, one]) => String(one))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);

/**
 * Send a draft; see submitApplication. It is deleted when it was accepted, and kept in every other case.
 *
 * @throws {Problem} why the API refused the change
 */
export async function submitAmendment({
  accountId,
  postingId: applicationId,
  draft,
  form,
  revision,
  signal,
  place,
}) {
  const onNoAnswer = () => updateDraft(accountId, applicationId, draft, { unanswered: true });
  for (;;) {
    const post = () =>
      postAmendment(applicationId, amendmentBody(draft, revision, form), { key: draft.key, signal });
    try {
      const { body: receipt } = await retryUntilAnswered(post, { signal, place, onNoAnswer });
      markDraftSent(accountId, applicationId, draft, newRequest());
      return receipt;
    } catch (error) {
      if (signal.aborted || !(error instanceof Problem) || error.status === 429) throw error;
      renewKey(accountId, applicationId, draft);
      // An earlier attempt with this key and another text was answered, but the answer was lost. Whether
      // or not it was accepted, the present text is the one that counts.
      if (error.slug !== "idempotency-key-reused") throw error;
    }
  }
}
