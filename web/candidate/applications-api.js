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

/** Withdraw an application. A repeated request changes nothing. */
export const withdrawApplication = (id, signal) =>
  session.call("POST", `v1/applications/${id}/withdrawal`, { signal });

const get = (path, signal, etag) =>
  session.call("GET", path, { headers: etag ? { "If-None-Match": etag } : {}, signal });
