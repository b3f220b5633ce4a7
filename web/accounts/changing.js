// Changing password or address, and deleting the account. Each asks for the password again, and for a
// code where the second factor is on.

import { h } from "../core/dom.js";
import { field, form } from "../core/forms.js";
import { notice } from "../core/notices.js";
import { go } from "../core/router.js";
import { session } from "../core/session.js";
import { texts } from "../texts.js";
import { withSession } from "./again.js";
import { codeField, newPasswordField, owner, passwordField } from "./log-in-form.js";

const REFUSED = {
  "wrong-password": { field: "password", text: texts.accounts.wrongPassword },
  "wrong-code": { field: "code", text: texts.accounts.wrongCode },
  "second-factor-needed": { field: "code", text: texts.accounts.codeNeeded },
};

// The code's field, where the second factor is on.
export const codeIfOn = () => (session.account.second_factor ? [codeField()] : []);

// A call that needs a session; what the form sends, and then what is done with the answer.
export const sending = (method, path, then) => (values) =>
  withSession(async () => then(await session.call(method, path, { body: values }), values));

export const proving = (options = {}) =>
  passwordField({ name: "password", label: texts.accounts.currentPassword, ...options });

export function changePassword() {
  const shown = form({
    fields: [
      owner(),
      proving({ name: "current_password" }),
      newPasswordField(),
      ...codeIfOn(),
    ],
    action: texts.accounts.changePassword,
    send: sending("POST", "v1/account/password", () => {
      notice(texts.accounts.passwordChanged, { kind: "good" });
      shown.reset();
      shown.closest("details").open = false;
    }),
    problems: { ...REFUSED, "wrong-password": { field: "current_password", text: texts.accounts.wrongPassword } },
  });
  return foldable(texts.accounts.changePassword, shown);
}

export function changeAddress() {
  const shown = form({
    fields: [
      owner(),
      field({ name: "email", label: texts.accounts.newEmail, type: "email", autocomplete: "email", maxlength: 254 }),
      proving(),
      ...codeIfOn(),
    ],
    action: texts.accounts.mailLink,
    send: sending("POST", "v1/account/email", (_, { email }) => {
      notice(texts.accounts.mailedChange(email), { kind: "good" });
      shown.reset();
      shown.closest("details").open = false;
    }),
    problems: REFUSED,
  });
  return foldable(texts.accounts.changeAddress, h("p", {}, texts.accounts.changeAddress1), shown);
}

export function deletion() {
  const shown = form({
    fields: [owner(), proving(), ...codeIfOn()],
    action: texts.accounts.deleteAction,
    send: sending("POST", "v1/account/deletion", () => {
      session.ended();
      notice(texts.accounts.deleted, { kind: "good" });
      go("#/");
    }),
    problems: REFUSED,
  });
  shown.querySelector("[type=submit]").classList.add("button-bad");
  return foldable(texts.accounts.deleteTitle, h("p", {}, texts.accounts.delete), shown);
}

export const refused = REFUSED;

const foldable = (title, ...content) =>
  h("details", { class: "card" }, h("summary", {}, title), h("div", { class: "stack narrow" }, content));
