// The page that the link of a registration leads to. It asks for the password chosen at sign-up,
// because someone else may have signed up with this e-mail address.

import { call, Problem } from "../core/api-client.js";
import { h, link } from "../core/dom.js";
import { form } from "../core/form-view.js";
import { buildHash, navigate } from "../core/router.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { heading } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";
import { showLinkExpired } from "./link-expired-view.js";
import { passwordField } from "./log-in-form.js";
import { takeReturnAddress } from "./return-address-store.js";

export function page(view) {
  const actions = [
    link("#/sign-up", { class: "button" }, t.signUpAgain),
    link("#/log-in", { class: "button button-quiet" }, t.logIn),
  ];
  view.setTitle(t.confirmTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      heading(t.confirmTitle),
      h("p", {}, t.confirm),
      form({
        fields: [passwordField({ name: "password", label: t.password })],
        submitLabel: t.confirmSubmit,
        onSubmit: async ({ password }) => {
          const { token } = view.params;
          const { body: account } = await call("POST", "v1/accounts/confirmation", {
            body: { token, password },
          });
          showNotice(t.confirmed, "good");
          try {
            if (session.account) await session.logOut();
            await session.logIn({ email: account.email, password });
            navigate(takeReturnAddress(), { replace: true });
          } catch (error) {
            if (!(error instanceof Problem || error.isTransient)) throw error;
            // The account exists and the link is used up, so the next step is the log-in page.
            const query = { then: takeReturnAddress(), email: account.email };
            navigate(buildHash("/log-in", query), { replace: true });
          }
        },
        problemTexts: { "wrong-password": { field: "password", text: t.wrongSignUpPassword } },
        onError: (error) => showLinkExpired(view, error, actions, t.linkExpiredSignUp),
      }),
    ),
  );
}
