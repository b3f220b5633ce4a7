import assert from "node:assert/strict";
import { test } from "node:test";
import { intervalAfter } from "../../../web/core/change-poller.js";

/** The intervals of polling that began when the last change was `unchanged` ms ago. */
function intervals(unchanged, count) {
  const found = [];
  for (let index = 0; index < count; index += 1) {
    const interval = intervalAfter(unchanged, found.at(-1) ?? 400);
    found.push(interval);
    unchanged += interval;
  }
  return found;
}

test("polling is fast after a change", () => {
  assert.equal(intervalAfter(0, 8000), 400);
  assert.equal(intervalAfter(29_999, 400), 400);
});

test("polling takes less than a second for ten minutes", () => {
  assert.equal(intervalAfter(30_000, 400), 900);
  assert.equal(intervalAfter(599_999, 900), 900);
});

test("the interval grows to eight seconds within the hour", () => {
  const found = intervals(600_000, 20);
  assert.deepEqual(
    found,
    [...found].sort((a, b) => a - b),
  );
  assert.equal(found.at(-1), 8000);
});

test("the interval grows to five minutes after an hour", () => {
  const found = intervals(3_600_000, 30);
  assert.equal(found.at(-1), 300_000);
  assert.ok(found.every((one) => one <= 300_000));
});
