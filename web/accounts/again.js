// Logging in again in a dialog, when the session ended while something was being typed or done.

import { h } from "../core/dom.js";
import { session, SessionOver } from "../core/session.js";
import { texts } from "../texts.js";
import { logInForm } from "./log-in-form.js";

let asked = null;

// -> true when the same person is logged in again, here or in another tab; false when the dialog was
// closed, the page was left, or somebody else logged in. One dialog, however many ask for it.
export function logInAgain(whose = session.lastId) {
  if (!whose || session.lastId !== whose) return Promise.resolve(false);
  if (session.account) return Promise.resolve(true);
  asked ??= ask().finally(() => (asked = null));
  return asked;
}

function ask() {
  const { promise, resolve } = Promise.withResolvers();
  const { lastEmail } = session;
  const shown = new AbortController();
  const { signal } = shown;
  const close = (isBack) => {
    resolve(isBack);
    shown.abort();
    dialog.close();
    dialog.remove();
  };
  const dialog = h(
    "dialog",
    { "aria-labelledby": "log-in-again", onclose: () => close(false) },
    h(
      "div",
      { class: "stack" },
      h("h2", { id: "log-in-again" }, texts.accounts.againTitle),
      h("p", {}, texts.accounts.again),
      logInForm({
        email: lastEmail,
        quiet: h("button", { type: "button", class: "button-quiet", onclick: () => close(false) }, texts.accounts.notNow),
      }),
    ),
  );
  // Somebody else: that is told before they are "in".
  session.onChange(({ reason }) => close(reason === "in"), signal);
  addEventListener("hirelane:page", () => close(false), { signal });
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector(lastEmail ? "[type=password]" : "[type=email]").focus();
  return promise;
}

// Does something that needs a session; if that is over, asks to log in again and does it then.
export async function withSession(something) {
  const whose = session.lastId;
  for (;;) {
    try {
      return await something();
    } catch (error) {
      if (!(error instanceof SessionOver) || !(await logInAgain(whose))) throw error;
    }
  }
}
