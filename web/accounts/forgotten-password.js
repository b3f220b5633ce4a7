// Asking for a link with which to set another password. The answer is the same for every address.

import { call } from "../core/api.js";
import { h } from "../core/dom.js";
import { form } from "../core/forms.js";
import { session } from "../core/session.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";
import { emailField } from "./log-in-form.js";
import { mailed } from "./mailed.js";

export function page(view) {
  const email = emailField({
    label: texts.accounts.email,
    autocomplete: "username",
    value: session.lastEmail,
  });
  const content = h(
    "div",
    { class: "stack narrow" },
    heading(texts.accounts.forgottenTitle),
    h("p", {}, texts.accounts.forgotten1),
    form({
      fields: [email],
      action: texts.accounts.mailLink,
      send: async (values) => {
        await call("POST", "v1/passwords/forgotten", { body: values });
        mailed(view, texts.accounts.mailedReset(values.email), () => {
          show();
          email.input.focus();
        });
      },
    }),
  );
  const show = () => {
    view.title(texts.accounts.forgottenTitle);
    view.show(content);
  };
  show();
}
