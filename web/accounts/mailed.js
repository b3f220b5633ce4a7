// What is shown when a mail was sent, and where to go on once its link was followed.

import { h } from "../core/dom.js";
import { drop, keep, kept } from "../core/kept.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";

const THEN = "hirelane.then";

export function mailed(view, text) {
  view.title(texts.accounts.mailedTitle);
  const title = heading(texts.accounts.mailedTitle);
  view.show(h("div", { class: "stack narrow" }, title, h("p", {}, text), h("p", { class: "soft" }, texts.accounts.mailedHint)));
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
