// The questions that a member writes, as the API has them.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./browser-stubs.js";
import {
  newQuestion,
  previewOf,
  sameQuestions,
  tidyQuestion,
} from "../../../web/recruiter/questions-model.js";

test("a question has only the fields of its kind, without blank ones", () => {
  const typed = { id: "a", kind: "text", label: "Why?", hint: "", required: false, max_length: null, min: 2 };
  assert.deepEqual(tidyQuestion(typed), { id: "a", kind: "text", label: "Why?" });
  const number = { id: "a", kind: "number", min: 0, max: null, choices: [{ id: "x" }] };
  assert.deepEqual(tidyQuestion(number), { id: "a", kind: "number", min: 0 });
});

test("the order of questions and choices counts, the order of fields does not", () => {
  const [a, b] = [newQuestion(), newQuestion()];
  assert.ok(sameQuestions([a, b], [{ kind: a.kind, id: a.id, required: false }, b]));
  assert.ok(!sameQuestions([a, b], [b, a]));
});

test("an incomplete question has no preview", () => {
  const choice = { id: "a", kind: "choice", label: "Which?", choices: [] };
  assert.deepEqual(previewOf([choice, { id: "b", kind: "text" }]), []);
});
