import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRelative, pluralize } from "../../../web/core/format.js";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const ago = (seconds) => formatRelative(new Date(NOW - seconds * 1000).toISOString(), NOW);

test("relative times use the largest whole unit", () => {
  assert.match(ago(59), /now/);
  assert.match(ago(61), /1 minute ago/);
  assert.match(ago(3 * 86400 + 5), /3 days ago/);
  assert.match(ago(-15 * 86400), /in 2 weeks/);
});

test("plurals follow English rules", () => {
  const forms = { one: "# posting", other: "# postings" };
  assert.deepEqual(
    [0, 1, 2].map((value) => pluralize(value, forms)),
    ["0 postings", "1 posting", "2 postings"],
  );
});
