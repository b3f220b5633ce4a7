// The filters that are set, each with a way to take it away.

import { fill, h } from "../core/dom.js";
import { texts } from "../texts.js";
import { filterCount } from "./searching.js";

const t = texts.candidate;

// without(wanted) with what is left; clear() takes all away. -> { element, show(wanted) }
export function chips({ without, clear }) {
  const element = h("ul", { class: "chips", "aria-label": t.filters.chosen });

  function chip(wanted, name, value, text) {
    const rest = Array.isArray(wanted[name]) ? wanted[name].filter((one) => one !== value) : "";
    const remove = () => without({ ...wanted, [name]: rest });
    const cross = h("span", { "aria-hidden": "true" }, "×");
    const label = t.filters.without(text);
    return h(
      "li",
      {},
      h("button", { type: "button", class: "chip", "aria-label": label, onclick: remove }, text, cross),
    );
  }

  function show(wanted) {
    const all = h("button", { type: "button", class: "plain small", onclick: clear }, t.clear);
    fill(
      element,
      wanted.workplace.map((one) => chip(wanted, "workplace", one, t.workplace[one])),
      wanted.employment.map((one) => chip(wanted, "employment", one, t.employment[one])),
      wanted.location && chip(wanted, "location", wanted.location, wanted.location),
      wanted.employer && chip(wanted, "employer", wanted.employer, wanted.employer),
      filterCount(wanted) > 1 && h("li", {}, all),
    );
    element.hidden = !filterCount(wanted);
  }

  return { element, show };
}
