// The page that asks for a link to set a new password. The answer is the same for every address, so
// that nobody learns which addresses have an account.

import { call } from "../core/api-client.js";
import { h } from "../core/dom.js";
import { form } from "../core/form-view.js";
import { session } from "../core/session.js";
import { heading } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";
import { showEmailSent } from "./email-sent-view.js";
import { emailField } from "./log-in-form.js";

export function page(view) {
  const email = emailField({ label: t.email, autocomplete: "username", value: session.lastEmail });
  const content = h(
    "div",
    { class: "stack narrow" },
    heading(t.forgottenTitle),
    h("p", {}, t.forgottenHint),
    form({
      fields: [email],
      submitLabel: t.sendLink,
      onSubmit: async (values) => {
        await call("POST", "v1/passwords/forgotten", { body: values });
        showEmailSent(view, t.resetSent(values.email), () => {
          show();
          email.input.focus();
        });
      },
    }),
  );
  const show = () => {
    view.setTitle(t.forgottenTitle);
    view.show(content);
  };
  show();
}
