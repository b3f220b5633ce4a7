// The page for an address without a page.

import { texts } from "../texts.js";
import { h, link } from "./dom.js";
import { heading } from "./states-view.js";

export function page(view) {
  view.setTitle(texts.states.notFoundTitle);
  view.show(
    heading(texts.states.notFoundTitle),
    h("p", {}, texts.states.notFound),
    link("#/", { class: "button" }, texts.states.toPostings),
  );
}
