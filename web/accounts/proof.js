// What proves again that it is the owner: the password, and a code where the second factor is on.

import { session } from "../core/session.js";
import { texts } from "../texts.js";
import { withSession } from "./again.js";
import { codeIfNeeded, owner, passwordField } from "./log-in-form.js";

// -> { owner, password, code } for a form's fields, and what it is to say of refusals.
export function proof(view, { name = "password" } = {}) {
  const password = passwordField({ name, label: texts.accounts.currentPassword });
  const code = codeIfNeeded();
  code.show(session.account.second_factor);
  // It was switched on or off, perhaps in another tab.
  session.onChange(({ account }) => account && code.show(account.second_factor), view.signal);
  return {
    owner: owner(),
    password,
    code,
    problems: {
      "wrong-password": { field: name, text: texts.accounts.wrongPassword },
      "wrong-code": { field: "code", text: texts.accounts.wrongCode },
    },
    other: (error) => code.isNeeded(error),
  };
}

// What a form sends to a route that needs a session, and then(answer, values).
export const sending = (path, then) => async (values) =>
  then(await withSession(() => session.call("POST", path, { body: values })), values);
