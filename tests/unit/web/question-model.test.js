// Answers to questions: what a browser refuses before the API does, and what it keeps.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answerError,
  answersOf,
  changedQuestions,
  fileAnswersOf,
  keptValue,
  parseNumber,
} from "../../../web/candidate/question-model.js";

const CHOICES = [{ id: "a" }, { id: "b" }, { id: "c" }];

test("numbers are read as people write them, and groups of digits are refused", () => {
  assert.deepEqual(["12", " -2.5 ", "2,5", "0"].map(parseNumber), [12, -2.5, 2.5, 0]);
  for (const text of ["", "1,000", "1 000", "1e3", "0x10", "many", "9".repeat(17)])
    assert.ok(Number.isNaN(parseNumber(text)), text);
});

test("each rule of a question has its reason", () => {
  const cases = [
    [{ kind: "text", required: true }, "  ", "missing", 0],
    [{ kind: "text" }, "", "", 0],
    [{ kind: "text", max_length: 2 }, "😀😀😀 ", "tooLong", 1],
    [{ kind: "long_text" }, "x".repeat(5001), "tooLong", 1],
    [{ kind: "number", min: 0 }, "-1", "tooSmall", 0],
    [{ kind: "number", max: 9 }, "9,5", "tooGreat", 9],
    [{ kind: "number" }, "many", "notANumber", 0],
    [{ kind: "choices", required: true, choices: CHOICES }, [], "missing", 0],
    [{ kind: "choices", min_choices: 2 }, ["a"], "tooFew", 2],
    [{ kind: "choices", max_choices: 1 }, ["a", "b"], "tooMany", 1],
    [{ kind: "date" }, "2026-05-17", "", 0],
  ];
  for (const [question, value, reason, limit] of cases)
    assert.deepEqual(answerError(question, value), [reason, limit], JSON.stringify([question, value]));
});

test("blank answers are not sent, and numbers are sent as numbers", () => {
  const questions = [
    { id: "a", kind: "number" },
    { id: "b", kind: "text" },
    { id: "c", kind: "choices" },
  ];
  assert.deepEqual(answersOf(questions, { a: "2,5", b: " ", c: [], removed: "x" }), { a: 2.5 });
});

test("an answer is kept only while the question can take it", () => {
  assert.equal(keptValue({ kind: "choice", choices: CHOICES }, "a"), "a");
  assert.equal(keptValue({ kind: "choice", choices: CHOICES }, "z"), "");
  assert.deepEqual(keptValue({ kind: "choices", choices: CHOICES }, ["z", "b"]), ["b"]);
  assert.deepEqual(keptValue({ kind: "choices", choices: CHOICES }, "b"), []);
  assert.equal(keptValue({ kind: "text" }, ["a"]), "");
});

test("new and changed questions are found, moved ones are not", () => {
  const [a, b] = [
    { id: "a", label: "A" },
    { id: "b", label: "B" },
  ];
  assert.deepEqual(changedQuestions([a, b], [b, { ...a, required: true }, { id: "c" }]), new Set(["a", "c"]));
});

test("a file answers a question by its token, if the question takes its type", () => {
  const question = { id: "cv", kind: "file", file_types: ["pdf", "odt"] };
  const file = { id: "f", type: "pdf", token: "t" };
  assert.equal(keptValue(question, file), file);
  for (const other of [undefined, "", "pdf", [], {}, { ...file, type: "txt" }])
    assert.equal(keptValue(question, other), "");
  const questions = [question, { id: "plan", kind: "file" }, { id: "why", kind: "text" }];
  const values = { cv: file, plan: "", why: "Wood" };
  assert.deepEqual(fileAnswersOf(questions, values), { cv: "t" });
  assert.deepEqual(answersOf(questions, values), { why: "Wood" });
});
