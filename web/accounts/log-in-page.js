// The log-in page.

import { h, link } from "../core/dom.js";
import { navigate } from "../core/router.js";
import { session } from "../core/session.js";
import { heading } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";
import { logInForm } from "./log-in-form.js";
import { hashWithReturnAddress, returnAddressOf } from "./return-address-store.js";

export function page(view) {
  const returnAddress = returnAddressOf(view);
  const leave = () => navigate(returnAddress, { replace: true });
  if (session.account) return leave();
  view.setTitle(t.logInTitle);
  session.onChange(({ reason }) => reason === "logged-in" && leave(), view.signal);
  // A session may exist whose account could not be read when the page was loaded.
  session.restore().catch(() => {});
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      heading(t.logInTitle),
      logInForm({
        email: view.query.get("email") ?? session.lastEmail,
        secondary: link("#/forgotten-password", {}, t.forgotten),
      }),
      h("p", {}, t.noAccount, " ", link(hashWithReturnAddress("/sign-up", returnAddress), {}, t.signUp)),
    ),
  );
}
