// What is searched for: read from the address, written to it, and as the API is asked for it.

import { hashOf } from "../core/router.js";

export const WORKPLACES = ["on-site", "hybrid", "remote"];
export const EMPLOYMENTS = ["full-time", "part-time", "temporary", "internship"];
// Of words, and of each text that is filtered by.
export const LONGEST = 200;

export const NOTHING = { q: "", workplace: [], employment: [], location: "", employer: "" };

// From an address that anyone may have written: what the API would refuse is left out.
export function wantedOf(query) {
  const several = (name, known) => known.filter((one) => query.get(name)?.split(",").includes(one));
  // Cut off, a place would be another one.
  const text = (name) => {
    const given = query.get(name) ?? "";
    return [...given].length > LONGEST ? "" : given;
  };
  return {
    q: [...(query.get("q") ?? "")].slice(0, LONGEST).join(""),
    workplace: several("workplace", WORKPLACES),
    employment: several("employment", EMPLOYMENTS),
    location: text("location"),
    employer: text("employer"),
  };
}

export const hashOfWanted = (wanted) => hashOf("/", parameters(wanted)).replaceAll("%2C", ",");

export function pathOf(wanted, cursor = null) {
  const given = Object.entries({ ...parameters(wanted), cursor }).filter(([, value]) => value);
  return `v1/postings${given.length ? `?${new URLSearchParams(given)}` : ""}`;
}

// How many filters are set, the words not counted.
export const filterCount = ({ workplace, employment, location, employer }) =>
  workplace.length + employment.length + (location ? 1 : 0) + (employer ? 1 : 0);

export const isNothing = (wanted) => !wanted.q.trim() && !filterCount(wanted);

function parameters({ q, workplace, employment, location, employer }) {
  return {
    q: q.trim(),
    workplace: workplace.join(","),
    employment: employment.join(","),
    location,
    employer,
  };
}
