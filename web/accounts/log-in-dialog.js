// The dialog for logging in again when the session expired while someone was typing.

import { button, h } from "../core/dom.js";
import { SessionExpired, session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { errorText } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";
import { logInForm } from "./log-in-form.js";

let openDialog = null;

/**
 * Ask to log in again. Return true once the same account is logged in, here or in another tab; false
 * when the dialog was closed, the page was left or another account logged in. Calls share one dialog.
 */
export function askToLogIn(accountId = session.lastId) {
  if (!accountId || session.lastId !== accountId) return Promise.resolve(false);
  if (session.account) return Promise.resolve(true);
  openDialog ??= showDialog().finally(() => (openDialog = null));
  return openDialog;
}

function showDialog() {
  const { promise, resolve } = Promise.withResolvers();
  const { lastEmail } = session;
  const shown = new AbortController();
  const { signal } = shown;
  const close = (isLoggedIn) => {
    resolve(isLoggedIn);
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
      h("h2", { id: "log-in-again" }, t.logInAgainTitle),
      h("p", {}, t.logInAgain),
      logInForm({ email: lastEmail, secondary: button("quiet", t.notNow, () => close(false)) }),
    ),
  );
  // For another account the reason is "switched", which comes before its "logged-in".
  session.onChange(({ reason }) => close(reason === "logged-in"), signal);
  addEventListener("hirelane:page", () => close(false), { signal });
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector(lastEmail ? "[type=password]" : "[type=email]").focus();
  return promise;
}

/** Run an action that needs a session. If the session has expired, ask to log in and run it again. */
export async function withSession(action) {
  const accountId = session.lastId;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof SessionExpired) || !(await askToLogIn(accountId))) throw error;
    }
  }
}

/**
 * Show a notice about a failed action. Someone who closed the log-in dialog needs none. `problemTexts`
 * overrides the text of a problem slug.
 */
export function showActionError(error, problemTexts = {}) {
  if (error instanceof SessionExpired) return;
  showNotice(problemTexts[error.slug] ?? errorText(error), "bad");
}
