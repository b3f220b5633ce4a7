// The requests of the employers' area.

import { withSession } from "../accounts/log-in-dialog.js";
import { session } from "../core/session.js";
import { nextCursor } from "./applicants-model.js";

const part = encodeURIComponent;
const employerPath = (employerId, below = "") => `v1/employers/${part(employerId)}${below}`;

/** Return the path of a posting of an employer in the API. */
export const postingPath = (employerId, postingId) =>
  employerPath(employerId, `/postings/${part(postingId)}`);

/** Return the path of an application for a posting of an employer in the API. */
export const applicationPath = (employerId, applicationId) =>
  employerPath(employerId, `/applications/${part(applicationId)}`);

/** Return the path of the legal holds of an employer in the API. */
export const holdsPath = (employerId) => employerPath(employerId, "/holds");

/** Return the path of what an employer's rule of retention will erase, in the API. */
export const retentionPath = (employerId) => employerPath(employerId, "/retention");

/** Read something. Return the body of the answer. */
export async function read(path, signal) {
  const { body } = await session.call("GET", path, { signal });
  return body;
}

/**
 * Change something, after a log-in if the session has expired. Return the body of the answer.
 *
 * @param {string} method
 * @param {string} path
 * @param {any} [body]
 * @param {Record<string, string>} [headers]
 */
export async function send(method, path, body, headers) {
  const answer = await withSession(() => session.call(method, path, { body, headers }));
  return answer.body;
}

/** Return the header with which a change is refused if the object has another version by then. */
export const ifVersion = ({ version }) => ({ "If-Match": `"${version}"` });

export const readMemberships = async (signal) => (await read("v1/account/memberships", signal)).memberships;

export const readEmployer = (employerId, signal) => read(employerPath(employerId), signal);

export const changeEmployer = (employer, values) =>
  send("PATCH", employerPath(employer.id), values, ifVersion(employer));

export const createEmployer = (values) => send("POST", "v1/employers", values);

export const listPostings = (employerId, cursor, signal) =>
  read(employerPath(employerId, `/postings?limit=20&cursor=${part(cursor)}`), signal);

/** Read a page of postings, with the numbers of open applications by the id of the posting. */
export async function listPostingsWithCounts(employerId, cursor, signal) {
  const page = await listPostings(employerId, cursor, signal);
  const ids = page.postings.filter((one) => one.published_at).map((one) => one.id);
  if (!ids.length) return { ...page, counts: {} };
  const path = employerPath(employerId, `/applications/posting-counts?posting_ids=${ids}`);
  return { ...page, counts: (await read(path, signal)).postings };
}

export const createPosting = (employerId, body) => send("POST", employerPath(employerId, "/postings"), body);

/**
 * Read a page of applicants. `filter` may have `stage` or `withdrawn`, `flag` or `answer`, and `q`. A search
 * may answer a part that finds nobody, and a cursor to go on.
 */
export async function listApplicants(employerId, postingId, filter, cursor, signal) {
  for (let next = cursor; ; ) {
    const query = new URLSearchParams({ posting_id: postingId, ...filter, cursor: next });
    const page = await read(employerPath(employerId, `/applications?${query}`), signal);
    if (page.applicants.length || !page.next) return page;
    next = page.next;
  }
}

/** Return all applicants of a list as the parts of a CSV file. */
export async function exportApplicants(employerId, postingId, filter, signal) {
  const parts = [];
  let cursor = "";
  do {
    const query = new URLSearchParams({ posting_id: postingId, ...filter, cursor });
    const path = employerPath(employerId, `/applications/export?${query}`);
    const { text, link } = await session.call("GET", path, { headers: { Accept: "text/csv" }, signal });
    parts.push(text);
    cursor = nextCursor(link);
  } while (cursor);
  return parts;
}

export const countApplicants = (employerId, postingId, signal) =>
  read(employerPath(employerId, `/applications/counts?posting_id=${part(postingId)}`), signal);

/** Read where all accepted applications for a posting are. */
export const readEquation = (employerId, postingId, signal) =>
  read(`${postingPath(employerId, postingId)}/equation`, signal);

/** Read a page of the applicants that are assigned to the member. */
export const listAssigned = (employerId, cursor, signal) =>
  read(employerPath(employerId, `/applications/assigned?limit=20&cursor=${part(cursor)}`), signal);

export const membersPath = (employerId) => employerPath(employerId, "/members");

export const invitationsPath = (employerId) => employerPath(employerId, "/invitations");

export const privacyNoticePath = (employerId) => employerPath(employerId, "/privacy-notice");

export const reasonsPath = (employerId) => employerPath(employerId, "/rejection-reasons");

export const templatesPath = (employerId) => employerPath(employerId, "/templates");

/** Return the member's role at an employer, or undefined. */
export async function readRole(employerId, signal) {
  const memberships = await readMemberships(signal);
  return memberships.find((one) => one.employer_id === employerId)?.role;
}
