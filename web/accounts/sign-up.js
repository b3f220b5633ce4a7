// Making an account: it is there when the mailed link was followed. The answer is the same whether
// the address has an account or not, so what is said here is too.

import { call } from "../core/api.js";
import { h, link } from "../core/dom.js";
import { field, form } from "../core/forms.js";
import { go } from "../core/router.js";
import { session } from "../core/session.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";
import { emailField, newPasswordField } from "./log-in-form.js";
import { mailed } from "./mailed.js";
import { rememberThen, thenOf, withThen } from "./then.js";

export function page(view) {
  const then = thenOf(view);
  if (session.account) return go(then, { replace: true });
  // In another tab, as where the mailed link was followed.
  session.onChange(({ reason }) => reason === "in" && go(then, { replace: true }), view.signal);
  const email = emailField({ label: texts.accounts.email, autocomplete: "username" });
  const content = h(
    "div",
    { class: "stack narrow" },
    heading(texts.accounts.signUpTitle),
    h("p", {}, texts.accounts.signUp1),
    form({
      fields: [
        field({ name: "name", label: texts.accounts.name, hint: texts.accounts.nameHint, autocomplete: "name" }),
        email,
        newPasswordField({ label: texts.accounts.password }),
      ],
      action: texts.accounts.signUp,
      send: async (values) => {
        await call("POST", "v1/accounts", { body: values });
        rememberThen(then);
        mailed(view, texts.accounts.mailedRegister(values.email), () => {
          show();
          email.input.focus();
        });
      },
    }),
    h("p", {}, texts.accounts.haveAccount, " ", link(withThen("/log-in", then), {}, texts.accounts.logIn)),
  );
  const show = () => {
    view.title(texts.accounts.signUpTitle);
    view.show(content);
  };
  show();
}
