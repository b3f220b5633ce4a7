import assert from "node:assert/strict";
import { test } from "node:test";
import {
  findLocales,
  formatDeadline,
  formatPay,
  formatRelative,
  pluralize,
} from "../../../web/core/format.js";

const NOW = Date.parse("2026-11-28T12:00:00Z");
const ago = (seconds) => formatRelative(new Date(NOW - seconds * 1000).toISOString(), NOW);

test("relative times use the largest whole unit", () => {
  assert.match(ago(59), /now/);
  assert.match(ago(61), /1 minute ago/);
  assert.match(ago(3 * 86400 + 5), /3 days ago/);
  assert.match(ago(-15 * 86400), /in 2 weeks/);
});

test("pay has cents only if an amount has some", () => {
  const pay = { currency: "EUR", min: 15, max: 20 };
  assert.match(formatPay(pay), /15\D+20(?!\d|[.,]00)/);
  assert.match(formatPay({ ...pay, min: 13.5, max: 20.5 }), /13[.,]50\D+20[.,]50/);
  assert.doesNotMatch(formatPay({ ...pay, max: 15 }), /15\D+15/);
});

test("plurals follow English rules", () => {
  const forms = { one: "# posting", other: "# postings" };
  assert.deepEqual(
    [0, 1, 2].map((value) => pluralize(value, forms)),
    ["0 postings", "1 posting", "2 postings"],
  );
});

test("days are counted by the calendar", () => {
  const now = new Date(2026, 10, 28, 23, 30);
  const dates = {
    tomorrow: [29, 23, 59],
    "in 2 days": [30, 0, 0],
    "2 days ago": [26, 23, 0],
    yesterday: [27, 1, 0],
  };
  for (const [text, [day, hour, minute]] of Object.entries(dates)) {
    assert.match(formatRelative(new Date(2026, 10, day, hour, minute), now.getTime()), new RegExp(text));
  }
});

test("a deadline at midnight is the last minute of the day before", () => {
  const texts = [
    [1, 0, 0, /30.*11:59/],
    [1, 0, 1, /1.*12:01/],
    [1, 17, 0, /1.*5:00/],
  ];
  for (const [day, hour, minute, text] of texts) {
    assert.match(formatDeadline(new Date(2026, 11, day, hour, minute).toISOString()), text);
  }
});

test("languages that are no locales are left out", () => {
  const expected = [
    [["C"], undefined],
    [["en-US@posix"], ["en-US"]],
    [
      ["C.UTF-8", "de_DE.UTF-8", "fr"],
      ["de-DE", "fr"],
    ],
    [["", "*", "-", "@euro", "en--US", "𝕖𝕟", null, 7], undefined],
    [["en-US-u-va-posix"], ["en-US-u-va-posix"]],
    [["zz"], ["zz"]],
    [[], undefined],
    [undefined, undefined],
  ];
  for (const [languages, locales] of expected) {
    assert.deepEqual(findLocales(languages), locales);
    new Intl.DateTimeFormat(findLocales(languages), { dateStyle: "medium" }).format();
  }
});
