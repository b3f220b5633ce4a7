// Making an account: it is there when the mailed link was followed. The answer is the same whether
// the address has an account or not, so what is said here is too.

import { call } from "../core/api.js";
import { h, link } from "../core/dom.js";
import { field, form } from "../core/forms.js";
import { go, hashOf } from "../core/router.js";
import { session } from "../core/session.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";
import { newPasswordField } from "./log-in-form.js";
import { mailed, rememberThen } from "./mailed.js";

export function page(view) {
  if (session.account) return go("#/", { replace: true });
  const then = view.query.get("then") ?? "";
  view.title(texts.accounts.signUpTitle);
  const fields = [
    field({ name: "name", label: texts.accounts.name, hint: texts.accounts.nameHint, autocomplete: "name", maxlength: 200 }),
    field({ name: "email", label: texts.accounts.email, type: "email", autocomplete: "username", maxlength: 254 }),
    newPasswordField({ label: texts.accounts.password }),
  ];
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      heading(texts.accounts.signUpTitle),
      h("p", {}, texts.accounts.signUp1),
      form({
        fields,
        action: texts.accounts.signUp,
        send: async (values) => {
          await call("POST", "v1/accounts", { body: values });
          rememberThen(then);
          mailed(view, texts.accounts.mailedRegister(values.email));
        },
      }),
      h("p", {}, texts.accounts.haveAccount, " ", link(hashOf("/log-in", { then }), {}, texts.accounts.logIn)),
    ),
  );
}
