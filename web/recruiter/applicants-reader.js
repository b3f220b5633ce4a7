// Reads applicants for their review: the list that a member goes through, and the next applicant ahead of time.
// Both are in memory only, and forgotten with the session.

import { startStopwatch } from "../core/browser-features.js";
import { session } from "../core/session.js";
import { filterOf } from "./applicants-model.js";
import { watchDecisions } from "./decision-submission.js";
import {
  applicationPath,
  listApplicants,
  membersPath,
  postingPath,
  read,
  readRole,
} from "./employers-api.js";
import { ReviewList } from "./review-list-model.js";

// How long an applicant that was read ahead of time may be shown, in ms.
const MAX_AGE_MS = 60_000;

/** @type {{key: string, list: ReviewList} | null} */
let current = null;
const kept = new Map();

session.onChange(() => {
  current = null;
  kept.clear();
});
// A decision changes the applicant, also after its page was left.
watchDecisions((changed) => changed && forgetApplicant(changed.employerId, changed.applicationId));

const keyOf = (employerId, postingId, query) =>
  JSON.stringify([employerId, postingId, ...Object.entries(filterOf(query)).flat()]);

/** Return the list of a posting and filter, as far as it was read. `query` is that of the list's address. */
export function reviewList(employerId, postingId, query) {
  const key = keyOf(employerId, postingId, query);
  if (current?.key !== key) {
    const filter = filterOf(query);
    const readPage = (cursor) => listApplicants(employerId, postingId, filter, cursor);
    current = { key, list: new ReviewList(readPage) };
  }
  return current.list;
}

/** Start the list again, because the page of applicants reads it anew. */
export function newReviewList(employerId, postingId, query) {
  current = null;
  return reviewList(employerId, postingId, query);
}

/** Return whether an applicant can be shown at once. */
export const isRead = (employerId, applicationId) =>
  isFresh(kept.get(applicationPath(employerId, applicationId)));

const isFresh = (entry) => Boolean(entry?.isRead && entry.age() < MAX_AGE_MS);

/**
 * Read an applicant with events, notes, scorecards, interviewers, posting, and the employer's members with the own
 * role, or return the cached answer.
 */
export function readApplicant(employerId, applicationId) {
  const path = applicationPath(employerId, applicationId);
  return keep(path, async () => {
    const [applicant, { events }, { notes }, scorecards, { interviewers }, { members }, role] =
      await Promise.all([
        read(path),
        read(`${path}/events`),
        read(`${path}/notes`),
        read(`${path}/scorecards`),
        read(`${path}/interviewers`),
        keep(membersPath(employerId), () => read(membersPath(employerId))),
        keep(`role ${employerId}`, () => readRole(employerId)),
      ]);
    // Interviewers may not read postings, which contain the pay.
    const posting =
      role === "interviewer"
        ? { id: applicant.posting_id, stages: applicant.stages, team: [] }
        : await readPosting(employerId, applicant.posting_id);
    return { applicant, events, notes, scorecards, interviewers, members, posting, role };
  });
}

/** Read an applicant ahead of time. A failure is reported when the applicant is shown. */
export function prefetchApplicant(employerId, applicationId) {
  readApplicant(employerId, applicationId).catch(() => {});
}

/** Forget an applicant that was read, because a change makes it outdated. */
export const forgetApplicant = (employerId, applicationId) =>
  kept.delete(applicationPath(employerId, applicationId));

export const readPosting = (employerId, postingId) => {
  const path = postingPath(employerId, postingId);
  return keep(path, () => read(path));
};

function keep(path, readIt) {
  const entry = kept.get(path);
  if (entry && entry.age() < MAX_AGE_MS) return entry.promise;
  for (const [key, { age }] of kept) if (age() >= MAX_AGE_MS) kept.delete(key);
  const fresh = { age: startStopwatch(), isRead: false, promise: readIt() };
  kept.set(path, fresh);
  fresh.promise.then(
    () => (fresh.isRead = true),
    () => kept.get(path) === fresh && kept.delete(path),
  );
  return fresh.promise;
}
