import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BASICS,
  comparedParts,
  entriesOf,
  entryFrom,
  LISTS,
  rejectedField,
  resumeFrom,
  resumeFromFacts,
  takeParts,
  titleOf,
  typedValue,
} from "../../../web/candidate/profile-model.js";

// An entry with every field.
const fullEntry = (fields) =>
  entryFrom(fields, Object.fromEntries(fields.map(([name]) => [name, `a ${name}\n b`])));

test("a resume with every field is the same after its fields are filled and read", () => {
  const lists = Object.fromEntries(
    Object.entries(LISTS).map(([list, fields]) => [list, [fullEntry(fields)]]),
  );
  const resume = resumeFrom(fullEntry(BASICS), lists);
  const read = (entry, fields) =>
    entryFrom(fields, Object.fromEntries(fields.map((field) => [field[0], typedValue(entry, field)])));
  const again = resumeFrom(
    read(resume.basics, BASICS),
    Object.fromEntries(
      Object.entries(LISTS).map(([list, fields]) => [
        list,
        entriesOf(resume, list).map((one) => read(one, fields)),
      ]),
    ),
  );
  assert.deepEqual(again, resume);
  assert.deepEqual(resume.work[0].highlights, ["a highlights", "b"]);
  assert.deepEqual(Object.keys(resume.basics.location).length, 5);
  assert.equal(resume.basics.profiles.length, 1);
});

test("blank fields and entries are left out", () => {
  const blank = entryFrom(LISTS.work, Object.fromEntries(LISTS.work.map(([name]) => [name, " "])));
  assert.deepEqual(resumeFrom({}, { work: [blank], profiles: [{}] }), {});
  assert.equal(titleOf({ name: "Yard" }, LISTS.work), "Yard");
  assert.equal(
    titleOf({ network: "GitHub", url: "https://a.example" }, LISTS.profiles),
    "GitHub, https://a.example",
  );
  assert.equal(titleOf({ name: "Boats", keywords: ["sail", "row"] }, LISTS.interests), "Boats, sail, row");
});

test("a field that the API names is found", () => {
  const paths = {
    "resume.work[2].startDate": { list: "work", index: 2, name: "startDate" },
    "resume.basics.profiles[0].url": { list: "profiles", index: 0, name: "url" },
    "resume.work[0].highlights[1]": { list: "work", index: 0, name: "highlights" },
    "resume.basics.location.city": { list: "basics", index: 0, name: "location.city" },
    keeps_last_sent: null,
  };
  for (const [path, field] of Object.entries(paths)) assert.deepEqual(rejectedField(path), field, path);
});

const present = { basics: { name: "Ada", email: "a@example.com" }, skills: [{ name: "Sails" }] };

test("only parts that differ are compared, and replacing one is not safe", () => {
  const found = {
    basics: { name: "Ada", email: "b@example.com", location: { city: "Bergen" } },
    skills: [{ name: "Sails" }],
    work: [{ position: "Foreman", name: "Yard" }],
  };
  assert.deepEqual(comparedParts(present, found), [
    { id: "basics.email", now: ["a@example.com"], found: ["b@example.com"], isSafe: false },
    { id: "basics.location.city", now: [], found: ["Bergen"], isSafe: true },
    { id: "work", now: [], found: ["Foreman, Yard"], isSafe: true },
  ]);
  assert.deepEqual(takeParts(present, found, ["basics.location.city", "work"]), {
    basics: { name: "Ada", email: "a@example.com", location: { city: "Bergen" } },
    skills: [{ name: "Sails" }],
    work: found.work,
  });
  assert.deepEqual(takeParts(present, found, []), present);
});

test("an empty profile takes all of a file", () => {
  const lists = Object.fromEntries(
    Object.entries(LISTS).map(([list, fields]) => [list, [fullEntry(fields)]]),
  );
  const found = resumeFrom(fullEntry(BASICS), lists);
  const ids = comparedParts({}, found).map((part) => part.id);
  assert.deepEqual(takeParts({}, found, ids), found);
  assert.deepEqual(comparedParts(found, found), []);
});

test("of the facts of a file only those without a choice become a resume", () => {
  const facts = {
    name: "",
    emails: ["ADA@example.com", "bob@example.com"],
    phones: ["+4722345678", "+4722345679"],
    links: ["https://linkedin.com/in/ada", "https://ada.example", "https://github.com/ada"],
  };
  const own = { basics: { profiles: [{ network: "GitHub", url: "https://github.com/ada" }] } };
  assert.deepEqual(resumeFromFacts(facts, own, "ada@example.com").basics, {
    email: "ADA@example.com",
    url: "https://ada.example",
    profiles: [...own.basics.profiles, { network: "LinkedIn", url: "https://linkedin.com/in/ada" }],
  });
  const nothing = { name: "", emails: ["a@b.example", "c@d.example"], phones: [], links: [] };
  assert.deepEqual(resumeFromFacts(nothing, {}, "x@y.example"), {});
});
