// Dates, money and numbers as the browser's user writes them.

const locale = navigator.languages?.length ? [...navigator.languages] : undefined;
const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const whole = new Intl.NumberFormat(locale);

const SPANS = [
  ["year", 365 * 86400],
  ["month", 30 * 86400],
  ["week", 7 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

export const dayOf = (iso) => day.format(new Date(iso));
export const momentOf = (iso) => moment.format(new Date(iso));
export const timeOf = (iso) => clock.format(new Date(iso));
export const numberOf = (number) => whole.format(number);

// "3 days ago", "in 2 weeks"; for less than a minute what Intl says of zero seconds: "now".
export function agoOf(iso, now = Date.now()) {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  for (const [unit, length] of SPANS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return relative.format(0, "second");
}

// A salary {currency, least, most} as a range.
export function moneyOf({ currency, least, most }) {
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    maximumFractionDigits: 0,
  });
  return least === most ? format.format(least) : format.formatRange(least, most);
}

// The form of a text for a number: plural(2, {one: "# posting", other: "# postings"}).
export function plural(number, forms) {
  const form = forms[new Intl.PluralRules("en").select(number)] ?? forms.other;
  return form.replace("#", numberOf(number));
}
