// Pure functions for the list of applicants.

export const WITHDRAWN = "withdrawn";

/**
 * Return the filter of the API for the parameters of the list's address.
 *
 * @returns {{stage?: string, withdrawn?: string, q?: string, flag?: string, answer?: string}}
 */
export function filterOf(query) {
  const stage = query.get("stage");
  const q = query.get("q")?.trim();
  const [flag, answer] = [query.get("flag"), query.get("answer")];
  return {
    ...(stage === WITHDRAWN ? { withdrawn: "true" } : stage && { stage }),
    ...(q && { q }),
    ...(answer ? { answer } : flag && { flag }),
  };
}

/** Return the cursor of the part of an export that follows, from the Link header of a part; "" for the last. */
export function nextCursor(header) {
  const target = /^<\?(.+)>; rel="next"$/.exec(header ?? "")?.[1];
  return new URLSearchParams(target).get("cursor") ?? "";
}

/** Return the name of the file for the applicants of a posting. */
export const fileName = (title) => `${title.replace(/[\p{C}\\/:*?"<>|]+/gu, " ").trim() || "applicants"}.csv`;
