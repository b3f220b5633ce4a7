// What is shown when a mail was sent, and where to go on once its link was followed.

import { h } from "../core/dom.js";
import { drop, keep, kept } from "../core/kept.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";

const THEN = "hirelane.then";

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

// For the posting that someone wanted to apply for when they signed up, in this browser.
export function rememberThen(hash) {
  if (hash.startsWith("#/")) keep(THEN, hash);
}

export function takeThen() {
  const hash = kept(THEN) ?? "#/";
  drop(THEN);
  return hash;
}
