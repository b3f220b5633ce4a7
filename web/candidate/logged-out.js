// What is said where something was followed, and the session is over: with a way to go on in place.

import { logInAgain } from "../accounts/again.js";
import { h } from "../core/dom.js";
import { texts } from "../texts.js";

const t = texts.candidate.status;

export function loggedOut({ signal, goOn }) {
  const logIn = async () => {
    if ((await logInAgain()) && !signal.aborted) goOn();
  };
  return h(
    "div",
    { class: "note note-bad stack" },
    h("p", {}, t.sessionOver),
    h("div", {}, h("button", { type: "button", class: "button-quiet", onclick: logIn }, t.logIn)),
  );
}
