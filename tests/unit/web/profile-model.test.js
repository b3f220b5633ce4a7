import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BASICS,
  entriesOf,
  entryFrom,
  LISTS,
  rejectedField,
  resumeFrom,
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
