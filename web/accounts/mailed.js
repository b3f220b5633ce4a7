// What is shown when a mail was sent.

import { h } from "../core/dom.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";

// In place of a form, whose address may have been wrong: showForm() shows it again.
export function mailed(view, text, showForm) {
  view.title(texts.accounts.mailedTitle);
  const title = heading(texts.accounts.mailedTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      title,
      h("p", {}, text),
      h("p", { class: "soft" }, texts.accounts.mailedHint),
      h(
        "div",
        { class: "form-actions" },
        h("button", { type: "button", class: "button-quiet", onclick: showForm }, texts.accounts.backToForm),
      ),
    ),
  );
  title.focus();
}
