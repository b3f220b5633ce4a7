// A mailed link that was used, is too old or was never one.

import { h } from "../core/dom.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";

// Shows that instead of the form, with a way to another link. -> whether it was that.
export function linkOver(view, error, another) {
  if (error.kind !== "link-over") return false;
  const title = heading(texts.accounts.linkOverTitle);
  view.title(texts.accounts.linkOverTitle);
  view.show(h("div", { class: "stack narrow" }, title, h("p", {}, texts.accounts.linkOver), another));
  title.focus();
  return true;
}
