// Pure functions for a resume (JSON Resume 1.0.0): its sections, and how they become fields and back.
//
// A field is `[name, kind]`. The kinds: "line", "text" (several lines), "lines" (a list of lines), "url", "day".

/** The fields of `basics` except its profiles. A name with a dot is within `location`. */
export const BASICS = [
  ["name", "line"],
  ["label", "line"],
  ["email", "line"],
  ["phone", "line"],
  ["url", "url"],
  ["location.city", "line"],
  ["location.region", "line"],
  ["location.postalCode", "line"],
  ["location.address", "line"],
  ["location.countryCode", "line"],
  ["summary", "text"],
];

const PERIOD = [
  ["startDate", "day"],
  ["endDate", "day"],
];

/** The lists of a resume, each with the fields of an entry. The first two are its title. */
export const LISTS = {
  work: [
    ["position", "line"],
    ["name", "line"],
    ["location", "line"],
    ["url", "url"],
    ...PERIOD,
    ["description", "text"],
    ["summary", "text"],
    ["highlights", "lines"],
  ],
  education: [
    ["studyType", "line"],
    ["institution", "line"],
    ["area", "line"],
    ["url", "url"],
    ...PERIOD,
    ["score", "line"],
    ["courses", "lines"],
  ],
  skills: [
    ["name", "line"],
    ["level", "line"],
    ["keywords", "lines"],
  ],
  languages: [
    ["language", "line"],
    ["fluency", "line"],
  ],
  profiles: [
    ["network", "line"],
    ["username", "line"],
    ["url", "url"],
  ],
  projects: [
    ["name", "line"],
    ["entity", "line"],
    ["type", "line"],
    ["url", "url"],
    ...PERIOD,
    ["description", "text"],
    ["roles", "lines"],
    ["highlights", "lines"],
    ["keywords", "lines"],
  ],
  certificates: [
    ["name", "line"],
    ["issuer", "line"],
    ["date", "day"],
    ["url", "url"],
  ],
  volunteer: [
    ["position", "line"],
    ["organization", "line"],
    ["url", "url"],
    ...PERIOD,
    ["summary", "text"],
    ["highlights", "lines"],
  ],
  awards: [
    ["title", "line"],
    ["awarder", "line"],
    ["date", "day"],
    ["summary", "text"],
  ],
  publications: [
    ["name", "line"],
    ["publisher", "line"],
    ["releaseDate", "day"],
    ["url", "url"],
    ["summary", "text"],
  ],
  interests: [
    ["name", "line"],
    ["keywords", "lines"],
  ],
  references: [
    ["name", "line"],
    ["reference", "text"],
  ],
};

/** Return the entries of a list. */
export const entriesOf = (resume, list) =>
  (list === "profiles" ? resume.basics?.profiles : resume[list]) ?? [];

/** Return the value of a field as it is typed. */
export function typedValue(entry, [name, kind]) {
  const [first, second] = name.split(".");
  const value = second ? entry[first]?.[second] : entry[first];
  return kind === "lines" ? (value ?? []).join("\n") : (value ?? "");
}

/** Return an entry with the values that were typed, by field name. Blank fields are left out. */
export function entryFrom(fields, values) {
  const entry = {};
  for (const [name, kind] of fields) {
    const text = values[name].trim();
    const lines = kind === "lines" && splitLines(text);
    if (!text) continue;
    const [first, second] = name.split(".");
    if (second) entry[first] = { ...entry[first], [second]: text };
    else entry[first] = lines || text;
  }
  return entry;
}

const splitLines = (text) =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** Return a resume from the entry of `basics` and the lists of entries. Empty parts are left out. */
export function resumeFrom(basics, lists) {
  const { profiles = [], ...others } = Object.fromEntries(
    Object.entries(lists).map(([list, entries]) => [list, entries.filter(hasContent)]),
  );
  const all = { ...basics, ...(profiles.length && { profiles }) };
  const filled = Object.entries(others).filter(([, entries]) => entries.length);
  return { ...(hasContent(all) && { basics: all }), ...Object.fromEntries(filled) };
}

const hasContent = (entry) => Object.keys(entry).length > 0;

/** Return the title of an entry: its first two fields. */
export const titleOf = (entry, fields) =>
  fields
    .slice(0, 2)
    .map(([name]) => entry[name])
    .filter(Boolean)
    .join(", ");

/**
 * Return the field that the API names as `resume.work[0].startDate`: `{ list, index, name }`, or null. `list` is
 * "basics" for a field of `basics`.
 */
export function rejectedField(path) {
  const match = /^resume\.(?:basics\.)?(\w+)\[(\d+)\]\.?(\w*)/.exec(path);
  if (match) return { list: match[1], index: Number(match[2]), name: match[3] };
  const basics = /^resume\.basics\.(.+)$/.exec(path);
  return basics && { list: "basics", index: 0, name: basics[1] };
}
