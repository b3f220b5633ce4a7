// The view after a link was e-mailed.

import { button, h } from "../core/dom.js";
import { heading } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";

/** Replace the form. `showForm()` shows it again, because the address may have been wrong. */
export function showEmailSent(view, text, showForm) {
  view.setTitle(t.emailSentTitle);
  const title = heading(t.emailSentTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      title,
      h("p", {}, text),
      h("p", { class: "soft" }, t.emailSentHint),
      h("div", { class: "form-actions" }, button("quiet", t.backToForm, showForm)),
    ),
  );
  title.focus();
}
