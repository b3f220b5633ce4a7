// Where the link of a forgotten password leads. It ends every session of the account.

import { call } from "../core/api.js";
import { h, link } from "../core/dom.js";
import { form } from "../core/forms.js";
import { notice } from "../core/notices.js";
import { go } from "../core/router.js";
import { session } from "../core/session.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";
import { linkOver } from "./link-over.js";
import { newPasswordField } from "./log-in-form.js";

export function page(view) {
  const another = link("#/forgotten-password", { class: "button" }, texts.accounts.anotherLink);
  view.title(texts.accounts.resetTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      heading(texts.accounts.resetTitle),
      h("p", {}, texts.accounts.reset),
      form({
        fields: [newPasswordField()],
        action: texts.accounts.setPassword,
        send: async ({ password }) => {
          await call("POST", "v1/passwords/reset", { body: { token: view.params.token, password } });
          // The account's sessions are over; this one too if it was another's, as the page said.
          if (session.account) await session.logOut().catch(() => session.ended());
          notice(texts.accounts.passwordSet, { kind: "good" });
          go("#/log-in", { replace: true });
        },
        other: (error) => linkOver(view, error, another),
      }),
    ),
  );
}
