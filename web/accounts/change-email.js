// Where the link leads that is mailed to a new address. The owner must be logged in (main.js).

import { h, link } from "../core/dom.js";
import { form } from "../core/forms.js";
import { notice } from "../core/notices.js";
import { go } from "../core/router.js";
import { session } from "../core/session.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";
import { withSession } from "./again.js";
import { linkOver } from "./link-over.js";

export function page(view) {
  const toAccount = link("#/account", { class: "button" }, texts.accounts.toAccount);
  const body = { token: view.params.token };
  view.title(texts.accounts.changeEmailTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      heading(texts.accounts.changeEmailTitle),
      h("p", {}, texts.accounts.changeEmail(session.account.email)),
      form({
        fields: [],
        action: texts.accounts.changeEmailAction,
        send: async () => {
          await withSession(() => session.call("POST", "v1/account/email/confirmation", { body }));
          await session.reload();
          notice(texts.accounts.emailChanged, { kind: "good" });
          go("#/account", { replace: true });
        },
        other: (error) => linkOver(view, error, toAccount, texts.accounts.linkOverChange),
      }),
    ),
  );
}
