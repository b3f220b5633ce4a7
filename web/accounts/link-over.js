// A mailed link that was used, is too old or was never one.

import { h } from "../core/dom.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";

// Shows that instead of the form, with ways to go on. -> whether it was that.
export function linkOver(view, error, ways, text = texts.accounts.linkOver) {
  if (error.kind !== "link-expired") return false;
  const title = heading(texts.accounts.linkOverTitle);
  view.title(texts.accounts.linkOverTitle);
  view.show(h("div", { class: "stack narrow" }, title, h("p", {}, text), h("div", { class: "form-actions" }, ways)));
  title.focus();
  return true;
}
