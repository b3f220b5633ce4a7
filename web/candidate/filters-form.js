// The search field and the filters. They report what is chosen; the page runs the search.

import { fill, h, newId } from "../core/dom.js";
import { formatNumber } from "../core/format.js";
import { isolate } from "../core/text-model.js";
import { texts } from "../texts.js";
import { EMPLOYMENTS, filterCount, MAX_LENGTH, WORKPLACES } from "./search-model.js";

const t = texts.candidate;
const WIDE_SCREEN = matchMedia("(width >= 52rem)");

/** Create the search field. `onInput(text)` is called at each keystroke. */
export function searchField({ value, onInput, onSubmit }) {
  const id = newId("q");
  const input = h("input", {
    id,
    type: "search",
    name: "q",
    maxlength: MAX_LENGTH,
    autocomplete: "off",
    dir: "auto",
    placeholder: t.search.placeholder,
    enterkeyhint: "search",
    value,
  });
  input.addEventListener("input", () => onInput(input.value));
  const element = h(
    "form",
    { role: "search", class: "search" },
    h("label", { for: id }, t.search.label),
    h("div", { class: "search-row" }, input, h("button", { class: "button search-button" }, t.search.action)),
  );
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    onSubmit();
  });
  return { element, input };
}

/**
 * Create the filters. `onChange(filters)` gets all of them; `onDone()` is called when the filters, which
 * cover the results on a phone, are closed.
 */
export function filtersForm({ search, onChange, onDone, signal }) {
  const controls = {
    workplace: checkboxes(t.filters.workplace, WORKPLACES, t.workplace),
    employment: checkboxes(t.filters.employment, EMPLOYMENTS, t.employment),
    location: select(t.filters.location, t.filters.anywhere),
    employer: select(t.filters.employer, t.filters.anyEmployer),
  };
  const badge = h("span", { class: "filters-number" });
  const close = () => {
    details.open = false;
    onDone();
  };
  const details = h(
    "details",
    { class: "filters" },
    h("summary", {}, h("h2", {}, t.filters.title), badge),
    h(
      "div",
      { class: "filters-parts" },
      Object.values(controls).map((control) => control.element),
      h("button", { type: "button", class: "button filters-done", onclick: close }, t.filters.done),
    ),
  );
  details.addEventListener("change", () =>
    onChange(Object.fromEntries(Object.entries(controls).map(([name, control]) => [name, control.value]))),
  );
  const openOnWideScreen = () => (details.open = WIDE_SCREEN.matches);
  WIDE_SCREEN.addEventListener("change", openOnWideScreen, { signal });
  openOnWideScreen();

  function show(current) {
    for (const [name, control] of Object.entries(controls)) control.value = current[name];
    const count = filterCount(current);
    fill(
      badge,
      count > 0 && [
        h("span", { "aria-hidden": "true" }, formatNumber(count)),
        h("span", { class: "unseen" }, t.filters.set(count)),
      ],
    );
  }

  show(search);
  return {
    element: details,
    show,
    showCounts(facets) {
      for (const [name, control] of Object.entries(controls)) control.showCounts(facets[name]);
    },
  };
}

function checkboxes(legend, values, names) {
  const boxes = values.map((value) => {
    const count = h("span", { class: "filter-count" });
    const box = h("input", { type: "checkbox", value });
    return {
      value,
      box,
      count,
      element: h("label", { class: "check" }, box, h("span", {}, names[value]), count),
    };
  });
  return {
    element: h(
      "fieldset",
      {},
      h("legend", {}, legend),
      boxes.map((one) => one.element),
    ),
    get value() {
      return boxes.filter((one) => one.box.checked).map((one) => one.value);
    },
    set value(values) {
      for (const one of boxes) one.box.checked = values.includes(one.value);
    },
    showCounts(facet) {
      const counts = new Map(facet.map((one) => [one.value, one.count]));
      for (const one of boxes) fill(one.count, formatNumber(counts.get(one.value) ?? 0));
    },
  };
}

function select(label, anyText) {
  const id = newId("filter");
  const control = h("select", { id }, h("option", { value: "" }, anyText));
  return {
    element: h("div", { class: "field" }, h("label", { for: id }, label), control),
    get value() {
      return control.value;
    },
    set value(value) {
      // An address may name a value that no open posting has.
      const isKnown = [...control.options].some((one) => one.value === value);
      if (!isKnown) control.append(h("option", { value }, value));
      control.value = value;
    },
    showCounts(facet) {
      const { value } = control;
      fill(
        control,
        h("option", { value: "" }, anyText),
        facet.map((one) =>
          h("option", { value: one.value }, `${isolate(one.value)} (${formatNumber(one.count)})`),
        ),
      );
      this.value = value;
    },
  };
}
