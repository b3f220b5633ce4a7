// Asking for a link with which to set another password. The answer is the same for every address.

import { call } from "../core/api.js";
import { h } from "../core/dom.js";
import { field, form } from "../core/forms.js";
import { session } from "../core/session.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";
import { mailed } from "./mailed.js";

export function page(view) {
  view.title(texts.accounts.forgottenTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      heading(texts.accounts.forgottenTitle),
      h("p", {}, texts.accounts.forgotten1),
      form({
        fields: [
          field({
            name: "email",
            label: texts.accounts.email,
            type: "email",
            autocomplete: "username",
            value: session.account?.email ?? session.lastEmail,
          }),
        ],
        action: texts.accounts.mailLink,
        send: async (values) => {
          await call("POST", "v1/passwords/forgotten", { body: values });
          mailed(view, texts.accounts.mailedReset(values.email));
        },
      }),
    ),
  );
}
