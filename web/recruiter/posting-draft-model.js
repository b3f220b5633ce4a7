// Pure functions for changes of a posting that are not saved yet. A posting is compared field by field, as the
// API has them (`toPosting`).

// The values of the form that belong to a field of the API, if they have other names.
const VALUES = {
  place: ["place", "region", "city", "countries"],
  pay: ["pay", "pay_max", "currency", "period"],
  closes: ["closes", "time_zone"],
};

/** Return the fields of `after` that differ from those of `before`. */
export const changesOf = (before, after) =>
  Object.fromEntries(
    Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])),
  );

/**
 * Return the names of the fields that somebody else changed, if one of them differs from the text typed here.
 * Otherwise there is no conflict: nobody else changed the posting, or this browser did and the answer was lost.
 *
 * @param {Record<string, any>} base the fields on which the text here is based
 * @param {Record<string, any>} newer the fields now
 * @param {Record<string, any>} mine the fields typed here
 */
export function conflictingFields(base, newer, mine) {
  const theirs = changesOf(base, newer);
  return Object.keys(changesOf(mine, theirs)).length ? Object.keys(theirs) : [];
}

/** Return the values of a form: those typed here in the fields of `mine`, else the newer ones. */
export function mergeValues(newerValues, myValues, mine) {
  const names = Object.keys(mine).flatMap((name) => VALUES[name] ?? [name]);
  return { ...newerValues, ...Object.fromEntries(names.map((name) => [name, myValues[name]])) };
}
