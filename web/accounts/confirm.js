// Where the link of a registration leads: the password chosen before proves that it was this person
// who asked for the account, not somebody who typed their address.

import { call, Problem } from "../core/api.js";
import { h, link } from "../core/dom.js";
import { form } from "../core/forms.js";
import { notice } from "../core/notices.js";
import { go, hashOf } from "../core/router.js";
import { session } from "../core/session.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";
import { passwordField } from "./log-in-form.js";
import { linkOver } from "./link-over.js";
import { takeThen } from "./then.js";

export function page(view) {
  const ways = [
    link("#/sign-up", { class: "button" }, texts.accounts.signUpAgain),
    link("#/log-in", { class: "button button-quiet" }, texts.accounts.logIn),
  ];
  view.title(texts.accounts.confirmTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      heading(texts.accounts.confirmTitle),
      h("p", {}, texts.accounts.confirm),
      form({
        fields: [passwordField({ name: "password", label: texts.accounts.password })],
        action: texts.accounts.confirmAction,
        send: async ({ password }) => {
          const { token } = view.params;
          const { body: account } = await call("POST", "v1/accounts/confirmation", { body: { token, password } });
          notice(texts.accounts.confirmed, { kind: "good" });
          try {
            // Whoever else was logged in here is so no longer.
            if (session.account) await session.logOut();
            await session.logIn({ email: account.email, password });
            go(takeThen(), { replace: true });
          } catch (error) {
            if (!(error instanceof Problem || error.passing)) throw error;
            // The account is there, and its link is used up: going on is logging in.
            go(hashOf("/log-in", { then: takeThen(), email: account.email }), { replace: true });
          }
        },
        problems: { "wrong-password": { field: "password", text: texts.accounts.otherPassword } },
        other: (error) => linkOver(view, error, ways, texts.accounts.linkOverRegister),
      }),
    ),
  );
}
