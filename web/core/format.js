// Dates, money and numbers in the format of the browser's languages.

const languages = globalThis.navigator?.languages;
const locale = languages?.length ? [...languages] : undefined;
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
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
export function formatRelative(iso, now = Date.now()) {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return relative.format(0, "second");
}

/** Format a salary `{ currency, least, most }` as a range. */
export function formatSalary({ currency, least, most }) {
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    maximumFractionDigits: 0,
  });
  return least === most ? format.format(least) : format.formatRange(least, most);
}

/** Choose the form for a number: `pluralize(2, { one: "# posting", other: "# postings" })`. */
export function pluralize(value, forms) {
  const form = forms[new Intl.PluralRules("en").select(value)] ?? forms.other;
  return form.replace("#", formatNumber(value));
}
