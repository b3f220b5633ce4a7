import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changedSpan,
  completeLink,
  coverLetterLength,
  draftFrom,
  linkError,
  newRequest,
} from "../../../web/candidate/draft-model.js";

test("a draft keeps what was saved", () => {
  const text = {
    cover_letter: "Dear yard",
    links: ["https://a.example"],
    files: [{ id: "f", token: "t" }],
    answers: { why: "Wood" },
    prefilled: { files: { f: "2026-05-12T09:00:00Z" } },
  };
  const saved = { ...text, key: "k", unanswered: true };
  assert.deepEqual(draftFrom({ ...saved, isSent: undefined }), saved);
});

test("a new draft is empty and has a key of its own", () => {
  const [one, other] = [draftFrom(null), draftFrom({})];
  assert.deepEqual([one.cover_letter, one.links, one.unanswered], ["", [], false]);
  assert.notEqual(one.key, other.key);
  assert.notEqual(newRequest().key, newRequest().key);
});

test("the length of a cover letter counts code points", () => {
  assert.equal(coverLetterLength("您好🚀"), 3);
});

test("replacing the changed span gives the other text", () => {
  const texts = ["", "a", "Dear yard", "Dearest yard", "Dear yard, hello", "aaa", "aa", "yard"];
  for (const before of texts) {
    for (const after of texts) {
      const { start, end, text } = changedSpan(before, after);
      assert.equal(before.slice(0, start) + text + before.slice(end), after);
    }
  }
  assert.deepEqual(changedSpan("Dear yard", "Dearest yard"), { start: 4, end: 4, text: "est" });
});

test("a typed domain becomes a complete link", () => {
  assert.equal(completeLink("example.com/cv"), "https://example.com/cv");
  for (const text of ["https://example.com", "ftp://example.com/cv", "no link", "nodots", ""]) {
    assert.equal(completeLink(text), text);
  }
});

test("a link must be complete and short enough", () => {
  assert.equal(linkError(""), "");
  assert.equal(linkError("https://example.com/cv.pdf"), "");
  for (const link of ["http://example.com", "ftp://example.com/cv", "https://", "https://a b", "cv"]) {
    assert.equal(linkError(link), "invalid", link);
  }
  assert.equal(linkError(`https://example.com/${"x".repeat(500)}`), "tooLong");
});
