// The link above a page that leads to the page above it.

import { h, link } from "../core/dom.js";

export const wayBack = (href, text) =>
  h("p", { class: "way-back" }, link(href, {}, h("span", { "aria-hidden": "true" }, "← "), text));
