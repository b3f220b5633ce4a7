// Pure functions for a resume (JSON Resume 1.0.0): its sections, and how they become fields and back.
//
// A field is `[name, kind]`. The kinds: "line", "text" (several lines), "lines" (a list of lines), "url", "day".

/**
 * The fields of `basics` except its profiles. A name with a dot is within `location`.
 *
 * @type {[string, string][]}
 */
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
  ["image", "url"],
  ["summary", "text"],
];

/** @type {[string, string][]} */
const PERIOD = [
  ["startDate", "day"],
  ["endDate", "day"],
];

/**
 * The lists of a resume, each with the fields of an entry. The first ones are its title.
 *
 * @type {Record<string, [string, string][]>}
 */
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

/** Return the title of an entry: the first two of its first three fields that are filled. */
export const titleOf = (entry, fields) =>
  fields
    .slice(0, 3)
    .map((field) => typedValue(entry, field).replaceAll("\n", ", "))
    .filter(Boolean)
    .slice(0, 2)
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

/**
 * Compare what a file has with a profile: the parts that differ, each `{ id, now, found, isSafe }`. `now` and `found` are
 * texts. A part is safe to take if it replaces nothing.
 */
export function comparedParts(present, found) {
  const basics = BASICS.map((field) => ({
    id: `basics.${field[0]}`,
    now: [typedValue(present.basics ?? {}, field)].filter(Boolean),
    found: [typedValue(found.basics ?? {}, field)].filter(Boolean),
  }));
  const lists = Object.entries(LISTS).map(([list, fields]) => ({
    id: list,
    now: entriesOf(present, list).map((entry) => titleOf(entry, fields)),
    found: entriesOf(found, list).map((entry) => titleOf(entry, fields)),
    isSame: JSON.stringify(entriesOf(present, list)) === JSON.stringify(entriesOf(found, list)),
  }));
  return [...basics.map((part) => ({ ...part, isSame: part.now[0] === part.found[0] })), ...lists]
    .filter((part) => part.found.length && !part.isSame)
    .map(({ isSame: _, ...part }) => ({ ...part, isSafe: !part.now.length }));
}

/** Return a resume in which the parts with these ids are those of a file. */
export function takeParts(present, found, ids) {
  const basics = structuredClone(present.basics ?? {});
  const lists = Object.fromEntries(
    Object.keys(LISTS).map((list) => [list, entriesOf(ids.includes(list) ? found : present, list)]),
  );
  for (const [name] of BASICS.filter(([name]) => ids.includes(`basics.${name}`))) {
    const [first, second] = name.split(".");
    basics[first] = second
      ? { ...basics[first], [second]: found.basics[first][second] }
      : found.basics[first];
  }
  delete basics.profiles;
  return resumeFrom(basics, lists);
}

/** @type {[string, RegExp][]} */
const NETWORKS = [
  ["LinkedIn", /^https:\/\/([\w.]+\.)?linkedin\.com\//],
  ["GitHub", /^https:\/\/(www\.)?github\.com\//],
];

/**
 * Return the facts of a file as a resume. Of several addresses or numbers none is certain to be the person's, except the
 * address of the account. Pages on networks are added to those that the profile has.
 */
export function resumeFromFacts({ name, emails, phones, links }, present, accountEmail) {
  const own = emails.find((email) => email.toLowerCase() === accountEmail.toLowerCase());
  const email = own ?? (emails.length === 1 ? emails[0] : "");
  const phone = phones.length === 1 ? phones[0] : "";
  const known = entriesOf(present, "profiles");
  const pages = links.map((url) => ({ url, network: NETWORKS.find(([, page]) => page.test(url))?.[0] }));
  const added = pages.filter(({ url, network }) => network && !known.some((one) => one.url === url));
  const url = pages.find(({ network }) => !network)?.url;
  const basics = {
    ...(name && { name }),
    ...(email && { email }),
    ...(phone && { phone }),
    ...(url && { url }),
  };
  return resumeFrom(basics, {
    profiles: added.length ? [...known, ...added.map(({ url, network }) => ({ network, url }))] : [],
  });
}
