// The description of a posting.

import { h } from "../core/dom.js";
import { parseDescription } from "./description-model.js";

export function descriptionView(text) {
  return h("div", { class: "prose" }, parseDescription(text).map(partElement));
}

function partElement(part) {
  if (part.kind === "list") {
    return h(
      "ul",
      {},
      part.items.map((item) => h("li", { dir: "auto" }, item)),
    );
  }
  return h(part.kind === "heading" ? "h3" : "p", { dir: "auto" }, part.text);
}
