import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, conflictingFields, mergeValues } from "../../../web/recruiter/posting-draft-model.js";

const BASE = { title: "Baker", description: "Bake.", pay: { min: 1, max: 2 } };

test("only fields that differ are changes", () => {
  assert.deepEqual(changesOf(BASE, { ...BASE, pay: { min: 1, max: 2 } }), {});
  assert.deepEqual(changesOf(BASE, { ...BASE, title: null }), { title: null });
});

test("a conflict names what somebody else changed, unless it is what was typed here", () => {
  const mine = { ...BASE, title: "Night baker" };
  const conflict = (newer) => conflictingFields(BASE, { ...BASE, ...newer }, mine);
  assert.deepEqual(conflict({}), []);
  assert.deepEqual(conflict({ title: "Night baker" }), [], "the answer to this browser was lost");
  assert.deepEqual(conflict({ title: "Day baker" }), ["title"]);
  assert.deepEqual(conflict({ description: "Bake at night." }), ["description"]);
  assert.deepEqual(conflict({ title: "Night baker", description: "" }), ["title", "description"]);
});

test("merging keeps all values of the fields that were typed here, and the newer others", () => {
  const newer = { title: "Day baker", pay: "3", pay_max: "4", currency: "EUR", period: "hour", region: "" };
  const mine = { title: "Night baker", pay: "1", pay_max: "", currency: "GBP", period: "day", region: "X" };
  const merged = mergeValues(newer, mine, { pay: {} });
  assert.deepEqual(merged, { ...mine, title: "Day baker", region: "" });
});
