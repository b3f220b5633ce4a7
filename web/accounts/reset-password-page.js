// The page that the link of a forgotten password leads to. The new password ends every session of the
// account.

import { call } from "../core/api-client.js";
import { h, link } from "../core/dom.js";
import { form } from "../core/form-view.js";
import { navigate } from "../core/router.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { heading } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";
import { showLinkExpired } from "./link-expired-view.js";
import { newPasswordField } from "./log-in-form.js";

export function page(view) {
  const newLink = link("#/forgotten-password", { class: "button" }, t.requestLink);
  view.setTitle(t.resetTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      heading(t.resetTitle),
      h("p", {}, t.resetHint),
      form({
        fields: [newPasswordField()],
        submitLabel: t.setPassword,
        onSubmit: async ({ password }) => {
          await call("POST", "v1/passwords/reset", { body: { token: view.params.token, password } });
          // This browser is logged out too, even from another account, as the page announced.
          if (session.account) await session.logOut().catch(() => session.end());
          showNotice(t.passwordSet, "good");
          navigate("#/log-in", { replace: true });
        },
        onError: (error) => showLinkExpired(view, error, newLink),
      }),
    ),
  );
}
