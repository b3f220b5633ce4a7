import assert from "node:assert/strict";
import { test } from "node:test";
import { readDraft, saveDraft } from "../../../web/candidate/draft-store.js";
import { firstCharacter, wellFormed } from "../../../web/core/text-model.js";

const half = "\ud83d";

test("lone surrogates are replaced, and whole characters stay", () => {
  for (const text of ["", "a", half, `a${half}`, `${half}\ude00${half}`, "\ude00\ud83d", "👩‍🔬é", "\ufffd"]) {
    assert.equal(wellFormed(text), text.toWellFormed());
  }
});

test("the first character may have several code points", () => {
  const first = { "": "", abc: "a", "e\u0301a": "e\u0301", "👩‍🔬x": "👩‍🔬", "🇩🇪🇫🇷": "🇩🇪", निर: "नि" };
  for (const [text, expected] of Object.entries(first)) assert.equal(firstCharacter(text), expected);
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
