// The forms of the account page: change the password, change the e-mail address, delete the account.

import { fill, h } from "../core/dom.js";
import { form } from "../core/form-view.js";
import { navigate } from "../core/router.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { accountTexts as t } from "./account-texts.js";
import { emailField, newPasswordField } from "./log-in-form.js";
import { postWithSession, reauthenticationFields } from "./reauthentication-fields.js";

export function changePasswordForm(view) {
  const { owner, password, code, ...errorHandling } = reauthenticationFields(view, "current_password");
  const element = form({
    fields: [owner, password, newPasswordField(), code],
    submitLabel: t.changePassword,
    onSubmit: postWithSession("v1/account/password", () => {
      showNotice(t.passwordChanged, "good");
      resetAndClose(element);
    }),
    ...errorHandling,
  });
  return disclosure(t.changePassword, element);
}

export function changeEmailForm(view) {
  const { owner, password, code, ...errorHandling } = reauthenticationFields(view);
  const result = h("div", { role: "status" });
  const element = form({
    fields: [owner, emailField({ label: t.newEmail }), password, code],
    submitLabel: t.sendLink,
    onSubmit: postWithSession("v1/account/email", (_, { email }) => {
      element.reset();
      fill(result, h("p", { class: "note" }, t.emailChangeSent(email)));
    }),
    ...errorHandling,
  });
  return disclosure(t.changeEmail, h("p", {}, t.changeEmailHint), element, result);
}

export function deleteAccountForm(view) {
  const { owner, password, code, problemTexts, ...errorHandling } = reauthenticationFields(view);
  const element = form({
    fields: [owner, password, code],
    // The API says which employer depends on the account.
    problemTexts: { ...problemTexts, "account-in-use": (error) => error.detail },
    submitLabel: t.deleteSubmit,
    onSubmit: postWithSession("v1/account/deletion", () => {
      session.end();
      showNotice(t.deleted, "good");
      navigate("#/");
    }),
    ...errorHandling,
  });
  element.querySelector("[type=submit]").classList.add("button-bad");
  return disclosure(t.deleteTitle, h("p", {}, t.deleteHint), element);
}

// Close the disclosure around a form and focus its summary, so that the focus stays near.
function resetAndClose(element) {
  const details = element.closest("details");
  element.reset();
  details.open = false;
  details.querySelector("summary").focus();
}

const disclosure = (title, ...content) =>
  h("details", { class: "card" }, h("summary", {}, title), h("div", { class: "stack narrow" }, content));
