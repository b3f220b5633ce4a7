// The sign-up page. The account is created when the e-mailed link is opened. The page says the same
// for every address, so that nobody learns which addresses have an account.

import { call } from "../core/api-client.js";
import { h, link } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { navigate } from "../core/router.js";
import { session } from "../core/session.js";
import { heading } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";
import { showEmailSent } from "./email-sent-view.js";
import { emailField, newPasswordField } from "./log-in-form.js";
import { hashWithReturnAddress, returnAddressOf, saveReturnAddress } from "./return-address-store.js";

export function page(view) {
  const returnAddress = returnAddressOf(view);
  const leave = () => navigate(returnAddress, { replace: true });
  if (session.account) return leave();
  // The e-mailed link may be opened in another tab.
  session.onChange(({ reason }) => reason === "logged-in" && leave(), view.signal);
  const email = emailField({ label: t.email, autocomplete: "username" });
  const content = h(
    "div",
    { class: "stack narrow" },
    heading(t.signUpTitle),
    h("p", {}, t.signUpHint),
    form({
      fields: [
        field({ name: "name", label: t.name, hint: t.nameHint, autocomplete: "name" }),
        email,
        newPasswordField({ label: t.password }),
      ],
      submitLabel: t.signUp,
      onSubmit: async (values) => {
        await call("POST", "v1/accounts", { body: values });
        saveReturnAddress(returnAddress);
        showEmailSent(view, t.signUpSent(values.email), () => {
          show();
          email.input.focus();
        });
      },
    }),
    h("p", {}, t.haveAccount, " ", link(hashWithReturnAddress("/log-in", returnAddress), {}, t.logIn)),
  );
  const show = () => {
    view.setTitle(t.signUpTitle);
    view.show(content);
  };
  show();
}
