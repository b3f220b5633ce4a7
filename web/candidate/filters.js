// The search field and the filters of postings. Both only tell what is wanted; who shows it is the page.

import { fill, h, newId } from "../core/dom.js";
import { numberOf } from "../core/format.js";
import { texts } from "../texts.js";
import { EMPLOYMENTS, filterCount, LONGEST, WORKPLACES } from "./searching.js";

const t = texts.candidate;
const DESK = matchMedia("(width >= 52rem)");

// typed(text) at each letter, sent() at Enter or the button. -> { element, input }
export function searchField({ value, typed, sent }) {
  const id = newId("q");
  const input = h("input", {
    id,
    type: "search",
    name: "q",
    maxlength: LONGEST,
    autocomplete: "off",
    placeholder: t.search.placeholder,
    enterkeyhint: "search",
    value,
  });
  input.addEventListener("input", () => typed(input.value));
  const element = h(
    "form",
    { role: "search", class: "search" },
    h("label", { for: id }, t.search.label),
    h("div", { class: "search-row" }, input, h("button", { class: "search-button" }, t.search.action)),
  );
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    sent();
  });
  return { element, input };
}

// changed(filters) with the filters as they are now; done() when one wants to see what is found, on a
// phone, where they are folded.
// -> { element, show(wanted), count(facets) }
export function filters({ wanted, changed, done, signal }) {
  const workplace = checks(t.filters.workplace, WORKPLACES, t.workplace);
  const employment = checks(t.filters.employment, EMPLOYMENTS, t.employment);
  const location = choice(t.filters.location, t.filters.anywhere);
  const employer = choice(t.filters.employer, t.filters.anyEmployer);
  const parts = { workplace, employment, location, employer };
  const number = h("span", { class: "filters-number" });
  const details = h(
    "details",
    { class: "filters" },
    h("summary", {}, h("h2", {}, t.filters.title), number),
    h(
      "div",
      { class: "filters-parts" },
      Object.values(parts).map((part) => part.element),
      h("button", { type: "button", class: "filters-done", onclick: fold }, t.filters.done),
    ),
  );
  details.addEventListener("change", () =>
    changed(Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.value]))),
  );

  function fold() {
    details.open = false;
    done();
  }

  const unfold = () => (details.open = DESK.matches);
  DESK.addEventListener("change", unfold, { signal });
  unfold();

  function show(now) {
    for (const [name, part] of Object.entries(parts)) part.value = now[name];
    const set = filterCount(now);
    fill(
      number,
      set
        ? [
            h("span", { "aria-hidden": "true" }, numberOf(set)),
            h("span", { class: "unseen" }, t.filters.set(set)),
          ]
        : [],
    );
  }

  show(wanted);
  return {
    element: details,
    show,
    count(facets) {
      for (const [name, part] of Object.entries(parts)) part.count(facets[name]);
    },
  };
}

function checks(legend, values, names) {
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
    set value(chosen) {
      for (const one of boxes) one.box.checked = chosen.includes(one.value);
    },
    count(facet) {
      const counts = new Map(facet.map((one) => [one.value, one.count]));
      for (const one of boxes) fill(one.count, numberOf(counts.get(one.value) ?? 0));
    },
  };
}

function choice(label, any) {
  const id = newId("filter");
  const select = h("select", { id }, h("option", { value: "" }, any));
  const has = (value) => [...select.options].some((one) => one.value === value);
  return {
    element: h("div", { class: "field" }, h("label", { for: id }, label), select),
    get value() {
      return select.value;
    },
    set value(chosen) {
      // One that an address names and nothing open has: it is shown as what is chosen all the same.
      if (!has(chosen)) select.append(h("option", { value: chosen }, chosen));
      select.value = chosen;
    },
    count(facet) {
      const chosen = select.value;
      fill(
        select,
        h("option", { value: "" }, any),
        facet.map((one) => h("option", { value: one.value }, `${one.value} (${numberOf(one.count)})`)),
      );
      this.value = chosen;
    },
  };
}
