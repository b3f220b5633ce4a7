// Changing password or address, and deleting the account.

import { fill, h } from "../core/dom.js";
import { form } from "../core/forms.js";
import { notice } from "../core/notices.js";
import { go } from "../core/router.js";
import { session } from "../core/session.js";
import { texts } from "../texts.js";
import { emailField, newPasswordField } from "./log-in-form.js";
import { proof, sending } from "./proof.js";

export function changePassword(view) {
  const { owner, password, code, ...refusals } = proof(view, { name: "current_password" });
  const shown = form({
    fields: [owner, password, newPasswordField(), code],
    action: texts.accounts.changePassword,
    send: sending("v1/account/password", () => {
      notice(texts.accounts.passwordChanged, { kind: "good" });
      finish(shown);
    }),
    ...refusals,
  });
  return foldable(texts.accounts.changePassword, shown);
}

export function changeAddress(view) {
  const { owner, password, code, ...refusals } = proof(view);
  const said = h("div", { role: "status" });
  const shown = form({
    fields: [owner, emailField({ label: texts.accounts.newEmail }), password, code],
    action: texts.accounts.mailLink,
    send: sending("v1/account/email", (_, { email }) => {
      shown.reset();
      fill(said, h("p", { class: "note" }, texts.accounts.mailedChange(email), " ", texts.accounts.mailedChangeHint));
    }),
    ...refusals,
  });
  return foldable(texts.accounts.changeAddress, h("p", {}, texts.accounts.changeAddress1), shown, said);
}

export function deletion(view) {
  const { owner, password, code, ...refusals } = proof(view);
  const shown = form({
    fields: [owner, password, code],
    action: texts.accounts.deleteAction,
    send: sending("v1/account/deletion", () => {
      session.ended();
      notice(texts.accounts.deleted, { kind: "good" });
      go("#/");
    }),
    ...refusals,
  });
  shown.querySelector("[type=submit]").classList.add("button-bad");
  return foldable(texts.accounts.deleteTitle, h("p", {}, texts.accounts.delete), shown);
}

// Empties a form and folds it away; the focus stays near.
function finish(shown) {
  const details = shown.closest("details");
  shown.reset();
  details.open = false;
  details.querySelector("summary").focus();
}

const foldable = (title, ...content) =>
  h("details", { class: "card" }, h("summary", {}, title), h("div", { class: "stack narrow" }, content));
