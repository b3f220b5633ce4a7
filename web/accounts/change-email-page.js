// The page that the link e-mailed to a new address leads to. Its route requires a log-in (main.js).

import { h, link } from "../core/dom.js";
import { form } from "../core/form-view.js";
import { navigate } from "../core/router.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { heading } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";
import { showLinkExpired } from "./link-expired-view.js";
import { withSession } from "./log-in-dialog.js";

export function page(view) {
  const toAccount = link("#/account", { class: "button" }, t.toAccount);
  const body = { token: view.params.token };
  view.setTitle(t.confirmEmailTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      heading(t.confirmEmailTitle),
      h("p", {}, t.confirmEmail(session.account.email)),
      form({
        fields: [],
        submitLabel: t.confirmEmailSubmit,
        onSubmit: async () => {
          await withSession(() => session.call("POST", "v1/account/email/confirmation", { body }));
          await session.reload();
          showNotice(t.emailChanged, "good");
          navigate("#/account", { replace: true });
        },
        onError: (error) => showLinkExpired(view, error, toAccount, t.linkExpiredEmail),
      }),
    ),
  );
}
