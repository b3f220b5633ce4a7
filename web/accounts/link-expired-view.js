// The error view of an e-mailed link that is used, expired or incomplete.

import { h } from "../core/dom.js";
import { heading } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";

/** Replace the page if the error is of this kind. Return whether it is. */
export function showLinkExpired(view, error, actions, text = t.linkExpired) {
  if (error.slug !== "link-expired") return false;
  const title = heading(t.linkExpiredTitle);
  view.setTitle(t.linkExpiredTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      title,
      h("p", {}, text),
      h("div", { class: "form-actions" }, actions),
    ),
  );
  title.focus();
  return true;
}
