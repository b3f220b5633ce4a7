// The page that an e-mailed invitation leads to. Its route requires a log-in (main.js).

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
  view.setTitle(t.invitationTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      heading(t.invitationTitle),
      h("p", {}, t.invitation(session.account.email)),
      form({
        fields: [],
        submitLabel: t.invitationSubmit,
        problemTexts: t.invitationProblems,
        onSubmit: async () => {
          const { body: membership } = await withSession(() =>
            session.call("POST", "v1/invitations/acceptance", { body }),
          );
          showNotice(t.invitationAccepted(membership.name), "good");
          navigate(`#/employers/${membership.employer_id}`, { replace: true });
        },
        onError: (error) => showLinkExpired(view, error, toAccount, t.invitationInvalid),
      }),
    ),
  );
}
