// The page at an address where there is none.

import { h, link } from "./dom.js";
import { heading } from "./states.js";
import { texts } from "../texts.js";

export function page(view) {
  view.title(texts.states.missingTitle);
  view.show(
    heading(texts.states.missingTitle),
    h("p", {}, texts.states.missing),
    link("#/", { class: "button" }, texts.states.toPostings),
  );
}
