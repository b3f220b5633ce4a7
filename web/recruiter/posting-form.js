// The form of a posting.

import { h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { texts } from "../texts.js";
import { countries, toPosting, toValues } from "./posting-model.js";
import { recruiterTexts } from "./recruiter-texts.js";

const t = recruiterTexts.posting;

/**
 * Create the form. `onSave(body)` gets the fields of the posting.
 * Return `{ element, body(), values(), setValues(values) }`: the fields of the posting, and the values of the form.
 */
export function postingForm({ posting, onSave, secondary = null }) {
  const values = toValues(posting);
  values.time_zone ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
  /** @returns {[string, string][]} */
  const options = (labels) => [["", t.choose], ...Object.entries(labels)];
  // Nothing is required, because a draft may lack all of it.
  const text = (name, label, more = {}) => field({ name, label, required: false, ...more });
  const select = (name, label, list) => text(name, label, { options: list });
  const fields = [
    text("title", t.title, { maxlength: 200 }),
    text("description", t.description, { hint: t.descriptionHint, rows: 12, maxlength: 20_000 }),
    select("workplace", t.workplace, options(texts.candidate.workplace)),
    select("employment", t.employment, options(texts.candidate.employment)),
    select("place", t.country, [["", t.choose], ...countries()]),
    countriesField(),
    text("region", t.region, { maxlength: 200, optional: true }),
    text("city", t.city, { maxlength: 200 }),
    text("pay", t.payMin, { type: "number", min: 0, step: "any", inputmode: "decimal" }),
    text("pay_max", t.payMax, { type: "number", min: 0, step: "any", inputmode: "decimal" }),
    text("currency", t.currency, { hint: t.currencyHint, maxlength: 3, autocapitalize: "characters" }),
    select("period", t.period, Object.entries(t.periods)),
    text("closes", t.closes, { type: "datetime-local" }),
    select("time_zone", t.timeZone, timeZones(values.time_zone)),
  ];
  const valuesOf = () => Object.fromEntries(fields.map((one) => [one.name, one.value]));
  const body = () => toPosting(valuesOf());
  const element = form({
    fields,
    submitLabel: t.save,
    onSubmit: () => onSave(body()),
    problemTexts: { "precondition-failed": t.wrongState, "wrong-posting-state": t.wrongState },
    fieldTexts: t.fields,
    secondary,
  });
  const named = (...names) => fields.filter((one) => names.includes(one.name)).map((one) => one.element);
  const groups = [
    h("div", { class: "stack" }, named("title", "description")),
    h("div", { class: "field-row" }, named("workplace", "employment")),
    h("div", { class: "field-row" }, named("place", "region", "city")),
    ...named("countries"),
    group(t.payTitle, named("pay", "pay_max", "currency", "period")),
    group(t.closesTitle, named("closes", "time_zone")),
  ];
  element.prepend(...groups);
  const [workplace, more] = ["workplace", "countries"].map((name) => fields.find((one) => one.name === name));
  const showMore = () => (more.element.hidden = workplace.value !== "remote");
  workplace.input.addEventListener("change", showMore);
  function setValues(chosen) {
    for (const one of fields) {
      // A draft has no time zone, and a browser that is older may not know one.
      const value = chosen[one.name] || (one.name === "time_zone" ? values.time_zone : "");
      if (one.setValue) one.setValue(value);
      else one.input.value = value;
    }
    showMore();
  }
  setValues(values);
  return { element, body, values: valuesOf, setValues };
}

/** Create the field of several countries. Its value has their codes, separated by blanks. */
function countriesField() {
  const { countries: label, countriesHint: hint } = t;
  const options = countries();
  const created = field({ name: "countries", label, hint, options, optional: true, multiple: true, size: 6 });
  const setValue = (chosen) => {
    const codes = new Set(chosen.split(" "));
    for (const option of created.input.options) option.selected = codes.has(option.value);
  };
  const value = () => [...created.input.selectedOptions].map((option) => option.value).join(" ");
  return Object.defineProperty({ ...created, setValue }, "value", { get: value });
}

const group = (title, elements) =>
  h("fieldset", { class: "field-group" }, h("legend", {}, title), h("div", { class: "field-row" }, elements));

/** @returns {[string, string][]} */
function timeZones(present) {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  return [...new Set([present, ...known])].sort().map((zone) => [zone, zone.replaceAll("_", " ")]);
}
