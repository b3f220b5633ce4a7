// Dates, money and numbers in the format of the browser's languages.

import { serverNow } from "./api-client.js";

const locale = findLocales(globalThis.navigator?.languages);
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
const minute = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const time = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const number = new Intl.NumberFormat(locale);

/** @type {[Intl.RelativeTimeFormatUnit, number][]} unit and its seconds */
const UNITS = [
  ["year", 365 * 86400],
  ["month", 30 * 86400],
  ["week", 7 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

export const formatDay = (iso) => day.format(new Date(iso));
export const formatDateTime = (iso) => dateTime.format(new Date(iso));
export const formatTime = (iso) => time.format(new Date(iso));
export const formatNumber = (value) => number.format(value);

/** Format as "3 days ago" or "in 2 weeks"; as "now" below one minute. */
export function formatRelative(iso, now = serverNow()) {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) < length) continue;
    // "Tomorrow" is a date and not the time after 24 hours.
    const count = unit === "day" ? dayNumber(iso) - dayNumber(now) : Math.trunc(seconds / length);
    return relative.format(count, unit);
  }
  return relative.format(0, "second");
}

/**
 * Return the last minute before a deadline, as an ISO time, if the deadline is a midnight here. "1 Dec" and
 * "1 Dec, 00:00" would read as if that day were left.
 */
export function lastMinute(iso) {
  const deadline = new Date(iso);
  if (deadline.getHours() || deadline.getMinutes()) return iso;
  deadline.setMinutes(-1);
  return deadline.toISOString();
}

/** Format a deadline as its last day and minute. */
export const formatDeadline = (iso) => minute.format(new Date(lastMinute(iso)));

/** Format a range of pay `{ currency, min, max }`, with cents only if it has some. */
export function formatPay({ currency, min, max }) {
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    maximumFractionDigits: [min, max].every(Number.isInteger) ? 0 : 2,
  });
  return min === max ? format.format(min) : format.formatRange(min, max);
}

/** Choose the form for a number: `pluralize(2, { one: "# posting", other: "# postings" })`. */
export function pluralize(value, forms) {
  const form = forms[new Intl.PluralRules("en").select(value)] ?? forms.other;
  return form.replace("#", formatNumber(value));
}

/**
 * Return the locales for a browser's languages, or undefined for its default. Languages may also be names of
 * POSIX locales, such as "C" or "en-US@posix".
 *
 * @param {readonly string[] | undefined} languages
 */
export function findLocales(languages) {
  const tags = Array.from(languages ?? [], (one) =>
    String(one)
      .replace(/[@.].*/, "")
      .replaceAll("_", "-"),
  );
  const locales = tags.filter(isLocale);
  return locales.length ? locales : undefined;
}

function isLocale(tag) {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

// The number of a date in this time zone.
function dayNumber(time) {
  const date = new Date(time);
  return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;
}
