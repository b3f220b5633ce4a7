// The list of active filters of a search. It is imported when there are some.

import { h } from "../core/dom.js";
import { texts } from "../texts.js";
import { activeFiltersTexts } from "./active-filters-texts.js";
import { filterCount } from "./search-model.js";

const t = texts.candidate;

/** Create the list. `onRemove(search)` gets the search without one filter. */
export function activeFilters(search, { onRemove, onClear }) {
  function chip(name, value, text) {
    const rest = Array.isArray(search[name]) ? search[name].filter((one) => one !== value) : "";
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "button chip",
          "aria-label": activeFiltersTexts.remove(text),
          onclick: () => onRemove({ ...search, [name]: rest }),
        },
        text,
        h("span", { "aria-hidden": "true" }, "×"),
      ),
    );
  }

  const clear = h("button", { type: "button", class: "plain", onclick: onClear }, t.clear);
  return h(
    "ul",
    { class: "chips", "aria-label": activeFiltersTexts.title },
    search.workplace.map((one) => chip("workplace", one, t.workplace[one])),
    search.employment.map((one) => chip("employment", one, t.employment[one])),
    search.location && chip("location", search.location, search.location),
    search.employer && chip("employer", search.employer, search.employer),
    filterCount(search) > 1 && h("li", {}, clear),
  );
}
