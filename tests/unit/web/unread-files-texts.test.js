// Each reason of the files worker has a sentence of its own.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { unreadFilesTexts, unreadReason } from "../../../web/candidate/unread-files-texts.js";

const source = readFileSync(new URL("../../../chalicelib/files_worker/refusals.py", import.meta.url), "utf8");

test("each reason for which a file is not read has a text", () => {
  const reasons = [...source.matchAll(/^[A-Z_]+ = "([a-z-]+)"$/gm)].map(([, reason]) => reason);
  assert.equal(reasons.length, 8);
  assert.equal(new Set(reasons.map(unreadReason)).size, reasons.length);
  assert.equal(unreadReason("a reason of a later version"), unreadReason("not-readable"));
});

test("candidates read why a file has no text, and that it counts all the same", () => {
  const text = unreadFilesTexts.reason("resume.pdf", "encrypted");
  assert.equal(
    text.replaceAll(/[\u2068\u2069]/g, ""),
    "We could not read the text of resume.pdf because it is protected by a password. The employer gets the file all the same.",
  );
});
