// The log-in form, and the fields that it shares with other forms of accounts.

import { h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { session } from "../core/session.js";
import { accountTexts as t } from "./account-texts.js";

/** Create the log-in form. `session.onChange` reports its success. */
export function logInForm({ email = "", secondary = null }) {
  const address = emailField({ label: t.email, autocomplete: "username", value: email });
  const password = passwordField({ name: "password", label: t.password });
  const code = optionalCodeField();
  // Another account may have no second factor.
  address.input.addEventListener("input", () => code.show(false));
  return form({
    fields: [address, password, code],
    submitLabel: t.logIn,
    onSubmit: (values) => session.logIn(values),
    problemTexts: { "wrong-code": { field: "code", text: t.wrongCode } },
    onError: (error) => code.showIfRequired(error),
    secondary,
  });
}

export const emailField = (options) =>
  field({ name: "email", type: "email", autocomplete: "email", ...options });

/**
 * A field for the present password. Password fields have no maximum length, because browsers cut off
 * a longer pasted text without a sign.
 */
export const passwordField = (options) =>
  field({ type: "password", autocomplete: "current-password", ...options });

export const newPasswordField = (options) =>
  passwordField({
    name: "password",
    label: t.newPassword,
    hint: t.passwordHint,
    autocomplete: "new-password",
    minlength: 8,
    ...options,
  });

/** A field for a code of an authenticator app, or a recovery code. */
export function codeField(options) {
  return field({
    name: "code",
    label: t.code,
    hint: t.codeHint,
    autocomplete: "one-time-code",
    autocapitalize: "off",
    spellcheck: "false",
    ...options,
  });
}

/** A code field that is hidden until the API asks for a code, or until `show(true)`. */
export function optionalCodeField() {
  const code = codeField({});
  const show = (isShown) => {
    code.element.hidden = code.input.disabled = !isShown;
  };
  show(false);
  return Object.assign(code, {
    show,
    showIfRequired(error) {
      if (error.slug !== "second-factor-required") return false;
      show(true);
      code.input.focus();
      return true;
    },
  });
}

/** A hidden input that shows password managers the account that a form belongs to. */
export const ownerInput = () =>
  h("input", { type: "text", autocomplete: "username", value: session.account.email, hidden: true });
