import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDescription } from "../../../web/candidate/description-model.js";

const paragraph = (text) => ({ kind: "paragraph", text });
const heading = (text) => ({ kind: "heading", text });
const list = (...items) => ({ kind: "list", items });

test("blank lines separate paragraphs, and line breaks stay", () => {
  assert.deepEqual(parseDescription("One,\ntwo.\r\n\r\n \nThree."), [
    paragraph("One,\ntwo."),
    paragraph("Three."),
  ]);
});

test("a short line without punctuation before another part is a heading", () => {
  assert.deepEqual(parseDescription("What you do\n\nYou build boats."), [
    heading("What you do"),
    paragraph("You build boats."),
  ]);
  assert.deepEqual(parseDescription("Build boats"), [paragraph("Build boats")]);
});

test("lines that start with a dash are items", () => {
  assert.deepEqual(parseDescription("We offer:\n- a dry shed\n  with light\n- tools\nand more"), [
    paragraph("We offer:"),
    list("a dry shed with light", "tools"),
    paragraph("and more"),
  ]);
});

test("an empty text has no parts", () => {
  assert.deepEqual(parseDescription(" \n\n "), []);
});
