// The message in place of live progress when the session has expired, with a button to log in.

import { askToLogIn } from "../accounts/log-in-dialog.js";
import { button, h } from "../core/dom.js";
import { applicationTexts } from "./application-texts.js";

const t = applicationTexts.status;

/** Create the message. `onLogIn()` is called after a log-in of the same account. */
export function sessionExpiredView({ signal, onLogIn }) {
  const logIn = async () => {
    if ((await askToLogIn()) && !signal.aborted) onLogIn();
  };
  return h(
    "div",
    { class: "note note-bad stack" },
    h("p", {}, t.sessionExpired),
    h("div", {}, button("quiet", t.logIn, logIn)),
  );
}
