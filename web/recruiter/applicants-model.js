// Pure functions for the list of applicants.

export const WITHDRAWN = "withdrawn";

/** Return the filter of the API for the parameters of the list's address. */
export function filterOf(query) {
  const stage = query.get("stage");
  if (stage === WITHDRAWN) return { withdrawn: "true" };
  return stage ? { stage } : {};
}
