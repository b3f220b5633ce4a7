// A posting as the values of a form, and back.

// Regions that are no countries of ISO 3166-1 although browsers have names for them.
const NO_COUNTRIES = new Set("AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ".split(" "));
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/**
 * Return the countries as `[code, name]`, by name.
 *
 * @param {string} [locale]
 * @returns {[string, string][]}
 */
export function countries(locale) {
  const names = new Intl.DisplayNames(locale, { type: "region", fallback: "none" });
  const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  return codes
    .filter((code) => !NO_COUNTRIES.has(code) && isPresentCode(code))
    .map((code) => /** @type {[string, string]} */ ([code, names.of(code)]))
    .filter(([, name]) => name)
    .sort(([, a], [, b]) => a.localeCompare(b, locale));
}

// The code of a former country is replaced by that of its successor.
const isPresentCode = (code) => Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`;

/** Return the values of the form for a posting. */
export function toValues(posting) {
  const { place, pay, closes } = posting;
  const text = (value) => (value === null || value === undefined ? "" : String(value));
  return {
    title: text(posting.title),
    description: text(posting.description),
    workplace: text(posting.workplace),
    employment: text(posting.employment),
    place: text(place?.country),
    countries: (place?.countries ?? []).join(" "),
    region: text(place?.region),
    city: text(place?.city),
    pay: text(pay?.min),
    pay_max: text(pay?.max),
    currency: text(pay?.currency),
    period: text(pay?.period ?? "year"),
    closes: text(closes?.date_time),
    time_zone: text(closes?.time_zone),
  };
}

/** Return the fields of a posting for the values of the form. A blank value empties its field. */
export function toPosting(values) {
  const value = (name) => values[name].trim() || null;
  const countries = values.workplace === "remote" ? values.countries.split(" ").filter(Boolean) : [];
  const place = { country: value("place"), region: value("region"), city: value("city"), countries };
  const hasPlace = place.country || place.region || place.city || countries.length;
  const hasPay = value("pay") || value("pay_max");
  return {
    title: value("title"),
    description: values.description.trim() ? values.description : null,
    workplace: value("workplace"),
    employment: value("employment"),
    place: hasPlace ? place : null,
    pay: hasPay
      ? {
          // An amount that is missing is that of the other field.
          min: Number(value("pay") ?? value("pay_max")),
          max: Number(value("pay_max") ?? value("pay")),
          currency: values.currency.trim().toUpperCase(),
          period: values.period,
        }
      : null,
    closes: value("closes") ? { date_time: values.closes.slice(0, 16), time_zone: values.time_zone } : null,
  };
}

/** Return the state of a posting as its members see it: a key of the texts of states. */
export function stateOf(posting) {
  return posting.state === "published" && !posting.is_open ? "expired" : posting.state;
}
