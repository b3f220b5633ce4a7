// The form that logs someone in; it asks for a code where the second factor is on.

import { h } from "../core/dom.js";
import { field, form } from "../core/forms.js";
import { session } from "../core/session.js";
import { texts } from "../texts.js";

export function logInForm({ email = "", done, quiet = null }) {
  const address = field({
    name: "email",
    label: texts.accounts.email,
    type: "email",
    autocomplete: "username",
    value: email,
  });
  const password = passwordField({ name: "password", label: texts.accounts.password });
  const code = codeField();
  code.element.hidden = true;
  code.input.disabled = true;
  return form({
    fields: [address, password, code],
    action: texts.accounts.logIn,
    send: async (values) => {
      if (code.input.disabled) delete values.code;
      await session.logIn(values);
      await done();
    },
    problems: { "wrong-code": { field: "code", text: texts.accounts.wrongCode } },
    other: (error) => {
      if (error.kind !== "second-factor-needed") return false;
      code.element.hidden = false;
      code.input.disabled = false;
      code.input.focus();
      return true;
    },
    quiet,
  });
}

// What one's own password is asked for with; a new one has `autocomplete: "new-password"`.
export function passwordField(options) {
  return field({ type: "password", autocomplete: "current-password", maxlength: 128, ...options });
}

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

// Not seen: tells password managers whose password a form is about.
export const owner = () =>
  h("input", { type: "text", autocomplete: "username", value: session.account.email, hidden: true });
