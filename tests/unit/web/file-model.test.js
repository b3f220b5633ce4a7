import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fileError,
  MAX_BYTES,
  presentFiles,
  shortName,
  splitExpired,
  typeOf,
} from "../../../web/candidate/file-model.js";

test("a file has the type that its name ends with", () => {
  const types = { "cv.pdf": "pdf", "CV.DOCX": "docx", "a.b.odt": "odt", "cv.exe": "", pdf: "", "cv.": "" };
  for (const [name, type] of Object.entries(types)) assert.equal(typeOf(name), type, name);
});

test("a file that the API would refuse is not sent", () => {
  assert.equal(fileError({ name: "cv.pdf", size: 1 }), "");
  assert.equal(fileError({ name: "cv.pdf", size: 1 }, ["odt"]), "type");
  assert.equal(fileError({ name: "cv.pdf", size: MAX_BYTES }), "");
  assert.equal(fileError({ name: "cv.pdf", size: MAX_BYTES + 1 }), "tooLarge");
  assert.equal(fileError({ name: "cv.pdf", size: 0 }), "empty");
  assert.equal(fileError({ name: "cv.jpg", size: 1 }), "type");
});

test("a long name keeps its end and whole characters", () => {
  const name = shortName(`${"😀".repeat(300)}.pdf`);
  assert.equal([...name].length, 200);
  assert.ok(name.endsWith("😀.pdf"));
  assert.ok(name.isWellFormed());
});

test("files whose tokens end soon are left out", () => {
  const now = Date.parse("2026-11-29T09:00:00Z");
  const [late, soon] = ["2026-11-29T09:11:00Z", "2026-11-29T09:10:00Z"].map((at) => ({ expires_at: at }));
  assert.deepEqual(splitExpired([late, soon], now), { valid: [late], expired: [soon] });
});

test("a later file for a question replaces the former ones", () => {
  const files = [["a"], ["b", "cv"], ["c", "plan"], ["d", "cv"], ["e"]];
  const present = presentFiles(files.map(([id, question = ""]) => ({ id, question_id: question })));
  assert.deepEqual(
    present.map(({ id }) => id),
    ["a", "c", "d", "e"],
  );
});
