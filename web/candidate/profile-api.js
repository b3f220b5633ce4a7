// Requests for the profile of the account that is logged in.

import { session } from "../core/session.js";

const PATH = "v1/account/profile";
const ifVersion = ({ version }) => ({ "If-Match": `"${version}"` });

export const readProfile = async (signal) => (await session.call("GET", PATH, { signal })).body;

/** Replace the profile that was read. */
export const saveProfile = async (read, body, signal) =>
  (await session.call("PUT", PATH, { body, headers: ifVersion(read), signal })).body;

/** Delete the profile that was read. */
export const deleteProfile = (read, signal) =>
  session.call("DELETE", PATH, { headers: ifVersion(read), signal });

/** Read a resume that another program wrote, `{ format, content }`. Nothing is stored. */
export const importResume = async (body, signal) =>
  (await session.call("POST", `${PATH}/import`, { body, signal })).body;

/** Find what is certain in the text of an uploaded file. Nothing is stored. */
export const findFacts = async (fileId, signal) =>
  (await session.call("POST", `v1/files/${encodeURIComponent(fileId)}/facts`, { signal })).body;
