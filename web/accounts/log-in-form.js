// The form that logs someone in, and the fields that forms of accounts share.

import { h } from "../core/dom.js";
import { field, form } from "../core/forms.js";
import { session } from "../core/session.js";
import { texts } from "../texts.js";

// Who is logged in then is told by session.onChange.
export function logInForm({ email = "", quiet = null }) {
  const address = emailField({ label: texts.accounts.email, autocomplete: "username", value: email });
  const password = passwordField({ name: "password", label: texts.accounts.password });
  const code = codeIfNeeded();
  // Another account may have no second factor.
  address.input.addEventListener("input", () => code.show(false));
  return form({
    fields: [address, password, code],
    action: texts.accounts.logIn,
    send: (values) => session.logIn(values),
    problems: { "wrong-code": { field: "code", text: texts.accounts.wrongCode } },
    other: (error) => code.isNeeded(error),
    quiet,
  });
}

export const emailField = (options) => field({ name: "email", type: "email", autocomplete: "email", ...options });

// What one's own password is asked for with; a new one has `autocomplete: "new-password"`. No field for
// a password has a greatest length: what is pasted would be cut off unseen.
export const passwordField = (options) =>
  field({ type: "password", autocomplete: "current-password", ...options });

export const newPasswordField = (options) =>
  passwordField({
    name: "password",
    label: texts.accounts.newPassword,
    hint: texts.accounts.passwordHint,
    autocomplete: "new-password",
    minlength: 8,
    ...options,
  });

// A code of an authenticator app, or a recovery code.
export function codeField(options) {
  return field({
    name: "code",
    label: texts.accounts.code,
    hint: texts.accounts.codeHint,
    autocomplete: "one-time-code",
    autocapitalize: "off",
    spellcheck: "false",
    ...options,
  });
}

// A code's field that is there once the API asked for a code, or once show(true) was called.
export function codeIfNeeded() {
  const code = codeField();
  code.show = (isShown) => {
    code.element.hidden = code.input.disabled = !isShown;
  };
  code.isNeeded = (error) => {
    if (error.kind !== "second-factor-required") return false;
    code.show(true);
    code.input.focus();
    return true;
  };
  code.show(false);
  return code;
}

// Not seen: tells password managers whose password a form is about.
export const owner = () =>
  h("input", { type: "text", autocomplete: "username", value: session.account.email, hidden: true });
