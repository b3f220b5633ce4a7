// A search for postings: `{ q, workplace, employment, location, employer }`, its address and its
// request.

import { buildHash } from "../core/router.js";

export const WORKPLACES = ["on-site", "hybrid", "remote"];
export const EMPLOYMENTS = ["full-time", "part-time", "temporary", "internship"];
// The API's limit, in characters, of the words and of each filter.
export const MAX_LENGTH = 200;

export const EMPTY_SEARCH = { q: "", workplace: [], employment: [], location: "", employer: "" };

/** Parse the query of an address. Values that the API would reject are left out. */
export function parseSearch(query) {
  const list = (name, known) => known.filter((one) => query.get(name)?.split(",").includes(one));
  // Not cut off, because a shortened name would be another one.
  const text = (name) => {
    const value = query.get(name) ?? "";
    return [...value].length > MAX_LENGTH ? "" : value;
  };
  return {
    q: [...(query.get("q") ?? "")].slice(0, MAX_LENGTH).join(""),
    workplace: list("workplace", WORKPLACES),
    employment: list("employment", EMPLOYMENTS),
    location: text("location"),
    employer: text("employer"),
  };
}

export const searchHash = (search) => buildHash("/", parameters(search)).replaceAll("%2C", ",");

/** Return the path of the request. */
export function searchPath(search, cursor = null) {
  const given = Object.entries({ ...parameters(search), cursor }).filter(([, value]) => value);
  return `v1/postings${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

/** Return the number of filters, without the words. */
export const filterCount = ({ workplace, employment, location, employer }) =>
  workplace.length + employment.length + (location ? 1 : 0) + (employer ? 1 : 0);

export const isEmptySearch = (search) => !search.q.trim() && !filterCount(search);

function parameters({ q, workplace, employment, location, employer }) {
  return {
    q: q.trim(),
    workplace: workplace.join(","),
    employment: employment.join(","),
    location,
    employer,
  };
}
