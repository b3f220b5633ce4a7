// The requests of bulk operations.

import { withSession } from "../accounts/log-in-dialog.js";
import { session } from "../core/session.js";
import { read, send } from "./employers-api.js";

const part = encodeURIComponent;
const operationsPath = (employerId, below = "") => `v1/employers/${part(employerId)}/operations${below}`;
const operationPath = (employerId, operationId, below = "") =>
  operationsPath(employerId, `/${part(operationId)}${below}`);

/** Return what an operation would do. Nothing is changed. */
export const previewOperation = (employerId, draft) =>
  send("POST", operationsPath(employerId, "/preview"), draft);

/** Start an operation as its preview showed it. A repeated request with the same key starts nothing. */
export function startOperation(employerId, draft, preview, key) {
  const query = draft.query && { ...draft.query, newest: preview.newest };
  const body = { ...draft, query, selection: preview.selection };
  return send("POST", operationsPath(employerId), body, { "Idempotency-Key": key });
}

export const listOperations = (employerId, postingId, cursor, signal) =>
  read(operationsPath(employerId, `?posting_id=${part(postingId)}&cursor=${part(cursor)}`), signal);

/** Read an operation, if it is not the one that `etag` names. Return the answer. */
export const readOperation = (employerId, operationId, { signal, etag = null }) =>
  session.call("GET", operationPath(employerId, operationId), {
    signal,
    headers: etag ? { "If-None-Match": etag } : {},
  });

/** Read a page of results, of one outcome or (with a blank one) of all. */
export function listResults(employerId, operationId, outcome, cursor, signal) {
  const query = new URLSearchParams({ ...(outcome && { outcome }), cursor });
  return read(operationPath(employerId, operationId, `/results?${query}`), signal);
}

/** Cancel the e-mails that were not sent. Return how many were cancelled and how many sent before. */
export const cancelEmails = async (employerId, operationId) =>
  (await withSession(() => session.call("DELETE", operationPath(employerId, operationId, "/emails")))).body;
