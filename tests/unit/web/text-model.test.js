import assert from "node:assert/strict";
import { test } from "node:test";
import { readDraft, saveDraft } from "../../../web/candidate/draft-store.js";
import { closeDirections, firstCharacter, isolate, wellFormed } from "../../../web/core/text-model.js";

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

test("a text within a sentence changes no direction", () => {
  assert.equal(isolate("Yard"), "Yard");
  assert.equal(isolate("\u202eYard\u2069"), "Yard");
  assert.equal(isolate("\u2067נגר\u202e"), "\u2068נגר\u2069");
  assert.equal(isolate("٢"), "\u2068٢\u2069");
});

test("directions that a text opens are closed", () => {
  const isolated = isolate("נגר");
  assert.equal(closeDirections(`Stored: ${isolated}.`), `Stored: ${isolated}.`);
  assert.equal(closeDirections("\u2069a\u2066b\u202ec"), "a\u2066bc\u2069");
});
