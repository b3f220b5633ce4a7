// The page for logging in.

import { h, link } from "../core/dom.js";
import { go } from "../core/router.js";
import { session } from "../core/session.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";
import { logInForm } from "./log-in-form.js";
import { thenOf, withThen } from "./then.js";

export function page(view) {
  const then = thenOf(view);
  if (session.account) return go(then, { replace: true });
  view.title(texts.accounts.logInTitle);
  // Here or in another tab.
  session.onChange(({ reason }) => reason === "in" && go(then, { replace: true }), view.signal);
  // Somebody may be, of whom it could not be read who it is.
  session.restore().catch(() => {});
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      heading(texts.accounts.logInTitle),
      logInForm({
        email: view.query.get("email") ?? session.lastEmail,
        quiet: link("#/forgotten-password", {}, texts.accounts.forgotten),
      }),
      h("p", {}, texts.accounts.noAccount, " ", link(withThen("/sign-up", then), {}, texts.accounts.signUp)),
    ),
  );
}
