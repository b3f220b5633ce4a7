// Fields that confirm the owner's identity before a change: the password, and a code if the account
// has a second factor.

import { session } from "../core/session.js";
import { accountTexts as t } from "./account-texts.js";
import { withSession } from "./log-in-dialog.js";
import { optionalCodeField, ownerInput, passwordField } from "./log-in-form.js";

/** Return the fields, and the `problemTexts` and `onError` of a form that contains them. */
export function reauthenticationFields(view, passwordName = "password") {
  const password = passwordField({ name: passwordName, label: t.currentPassword });
  const code = optionalCodeField();
  code.show(session.account.second_factor);
  // The second factor may be changed in another tab.
  session.onChange(({ account }) => account && code.show(account.second_factor), view.signal);
  return {
    owner: ownerInput(),
    password,
    code,
    problemTexts: {
      "wrong-password": { field: passwordName, text: t.wrongPassword },
      "wrong-code": { field: "code", text: t.wrongCode },
    },
    onError: (error) => code.showIfRequired(error),
  };
}

/** Return an `onSubmit` that posts the values, asks to log in if needed, and calls `onSuccess`. */
export const postWithSession = (path, onSuccess) => async (values) =>
  onSuccess(await withSession(() => session.call("POST", path, { body: values })), values);
