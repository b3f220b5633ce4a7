import assert from "node:assert/strict";
import { test } from "node:test";
import { readDraft, saveDraft } from "../../../web/candidate/draft-store.js";
import { wellFormed } from "../../../web/core/text-model.js";

const half = "\ud83d";

test("lone surrogates are replaced, and whole characters stay", () => {
  for (const text of ["", "a", half, `a${half}`, `${half}\ude00${half}`, "\ude00\ud83d", "👩‍🔬é", "\ufffd"]) {
    assert.equal(wellFormed(text), text.toWellFormed());
  }
});

test("a draft that was saved with half an emoji is read without it", () => {
  saveDraft("ada", "yard", {
    cover_letter: `Dear yard ${half}`,
    links: [`https://a.example/${half}`],
    key: "k",
  });
  const draft = readDraft("ada", "yard");
  assert.equal(draft.cover_letter, "Dear yard \ufffd");
  assert.deepEqual(draft.links, ["https://a.example/\ufffd"]);
});
