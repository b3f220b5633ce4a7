// The account page: details, sessions, export, second factor, and forms to change or delete the account.

import { fill, h, link } from "../core/dom.js";
import { formatDay } from "../core/format.js";
import { session } from "../core/session.js";
import { heading } from "../core/states-view.js";
import { changeEmailForm, changePasswordForm, deleteAccountForm } from "./account-forms.js";
import { accountTexts as t } from "./account-texts.js";
import { emailProblemView } from "./email-problem-view.js";
import { exportView } from "./export-view.js";
import { sessionsView } from "./sessions-view.js";
import { setPasswordView } from "./set-password-view.js";

export function page(view) {
  const details = h("dl", { class: "facts card" });
  const secondFactor = h("div", { class: "card row" });
  const draw = () => {
    fill(details, accountDetails(session.account));
    fill(secondFactor, secondFactorStatus(session.account.second_factor));
  };
  draw();
  // The forms are not drawn again, so they keep what was typed.
  session.onChange(({ reason }) => reason === "logged-in" && draw(), view.signal);
  view.setTitle(t.accountTitle);
  view.show(
    h(
      "div",
      { class: "stack account" },
      heading(t.accountTitle),
      emailProblemView(view),
      details,
      sessionsView(view),
      session.isCandidate &&
        section(
          t.profileTitle,
          h("p", {}, t.profile),
          link("#/profile", { class: "button button-quiet" }, t.toProfile),
        ),
      session.isCandidate &&
        section(t.employersTitle, link("#/employers", { class: "button button-quiet" }, t.toEmployers)),
      exportView(view),
      ...(session.account.has_password
        ? [
            section(t.secondFactorTitle, secondFactor),
            section(t.changeTitle, changePasswordForm(view), changeEmailForm(view), deleteAccountForm(view)),
          ]
        : // All of these ask for the password.
          [section(t.noPasswordTitle, h("p", {}, t.noPassword), setPasswordView(view))]),
    ),
  );
}

const section = (title, ...content) => h("section", { class: "stack" }, h("h2", {}, title), content);

function accountDetails({ name, email, role, created_at: createdAt }) {
  const details = [
    [t.name, name],
    [t.email, email],
    [t.role, t.roles[role] ?? role],
    [t.since, formatDay(createdAt)],
  ];
  return details.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value)));
}

function secondFactorStatus(isEnabled) {
  return [
    h("p", {}, isEnabled ? t.secondFactorOn : t.secondFactorOff),
    link("#/account/second-factor", { class: "button button-quiet" }, isEnabled ? t.switchOff : t.switchOn),
  ];
}
