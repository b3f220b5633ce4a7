// Logging in again in a dialog, when the session ended while something was being typed or done.

import { h } from "../core/dom.js";
import { session, SessionOver } from "../core/session.js";
import { texts } from "../texts.js";
import { logInForm } from "./log-in-form.js";

// -> true when logged in again, false when the dialog was closed.
export function logInAgain() {
  const { promise, resolve } = Promise.withResolvers();
  const close = () => dialog.close();
  const dialog = h(
    "dialog",
    { "aria-labelledby": "log-in-again" },
    h(
      "div",
      { class: "stack" },
      h("h2", { id: "log-in-again" }, texts.accounts.againTitle),
      h("p", {}, texts.accounts.again),
      logInForm({
        email: session.lastEmail,
        done: () => {
          resolve(true);
          close();
        },
        quiet: h("button", { type: "button", class: "button-quiet", onclick: close }, texts.accounts.notNow),
      }),
    ),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(false);
  });
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}

// Does something that needs a session; if that is over, asks to log in again and does it then.
export async function withSession(something) {
  for (;;) {
    try {
      return await something();
    } catch (error) {
      if (!(error instanceof SessionOver) || !(await logInAgain())) throw error;
    }
  }
}
