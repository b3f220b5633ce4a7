import assert from "node:assert/strict";
import test from "node:test";
import { diffWords } from "../../../web/recruiter/word-diff-model.js";

const EXAMPLES = [
  ["", "", []],
  ["a b", "a b", ["same:a b"]],
  ["", "new", ["added:new"]],
  ["old", "", ["removed:old"]],
  [
    "I build boats well",
    "I build small ships well",
    ["same:I build ", "removed:boats ", "added:small ships ", "same:well"],
  ],
  ["one\n\ntwo", "one\n\n2", ["same:one\n\n", "removed:two", "added:2"]],
  ["  a", "a", ["removed:  ", "same:a"]],
  ["a b c d", "b c x d", ["removed:a ", "same:b c ", "added:x ", "same:d"]],
];

for (const [before, after, parts] of EXAMPLES)
  test(`the difference of ${JSON.stringify(before)} and ${JSON.stringify(after)}`, () => {
    assert.deepEqual(
      diffWords(before, after).map(({ kind, text }) => `${kind}:${text}`),
      parts,
    );
  });

const sideOf = (parts, kind) =>
  parts
    .filter((one) => one.kind === "same" || one.kind === kind)
    .map((one) => one.text)
    .join("");

test("the parts always make both texts", () => {
  let seed = 7;
  const random = (most) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % most;
  };
  const text = () =>
    Array.from({ length: random(30) }, () => ["boat", "ship", "\n", " ", "é🛶"][random(5)]).join(" ");
  for (let count = 0; count < 300; count += 1) {
    const [before, after] = [text(), text()];
    const parts = diffWords(before, after);
    assert.equal(sideOf(parts, "removed"), before);
    assert.equal(sideOf(parts, "added"), after);
  }
});

test("long texts that differ everywhere are shown as replaced", () => {
  const [before, after] = ["a ".repeat(9000), "b ".repeat(9000)];
  assert.deepEqual(
    diffWords(before, after).map((one) => one.kind),
    ["removed", "added"],
  );
});
