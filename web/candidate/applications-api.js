// Requests for the applications of the account that is logged in.

import { session } from "../core/session.js";

/** List applications, the newest first. `query`: limit, cursor, posting_id. */
export const listApplications = (query, { signal, etag = null }) =>
  get(`v1/applications?${new URLSearchParams(query)}`, signal, etag);

export const readApplication = (id, { signal, etag = null }) =>
  get(`v1/applications/${encodeURIComponent(id)}`, signal, etag);

/** Return the newest application for a posting, withdrawn or not, or null. */
export async function findApplication(postingId, signal) {
  const { body } = await listApplications({ posting_id: postingId, limit: 1 }, { signal });
  return body.applications[0] ?? null;
}

/** Send an application. Requests with the same idempotency key are one application. */
export const postApplication = (postingId, body, { key, signal }) =>
  session.call("POST", `v1/postings/${encodeURIComponent(postingId)}/applications`, {
    body,
    headers: { "Idempotency-Key": key },
    signal,
  });

/** Send a new content for an application. Requests with the same idempotency key are one change. */
export const postAmendment = (id, body, { key, signal }) =>
  session.call("POST", `v1/applications/${encodeURIComponent(id)}/amendment`, {
    body,
    headers: { "Idempotency-Key": key },
    signal,
  });

/** Read the revisions of an application, oldest first, without their content. */
export const listRevisions = async (id, { signal }) =>
  (await get(`v1/applications/${encodeURIComponent(id)}/revisions`, signal, null)).body.revisions;

/** Read what was sent with a revision. */
export const readRevision = async (id, number, { signal }) =>
  (await get(`v1/applications/${encodeURIComponent(id)}/revisions/${number}`, signal, null)).body;

/** Erase an application. A repeated request changes nothing. */
export const eraseApplication = (id, signal) =>
  session.call("POST", `v1/applications/${id}/erasure`, { signal });

/** Withdraw an application. A repeated request changes nothing. */
export const withdrawApplication = (id, signal) =>
  session.call("POST", `v1/applications/${id}/withdrawal`, { signal });

const get = (path, signal, etag) =>
  session.call("GET", path, { headers: etag ? { "If-None-Match": etag } : {}, signal });
