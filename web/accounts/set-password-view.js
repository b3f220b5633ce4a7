// The button with which the owner of an account without a password asks for a link to set one.

import { call } from "../core/api-client.js";
import { button, h } from "../core/dom.js";
import { session } from "../core/session.js";
import { errorText } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";

export function setPasswordView(view) {
  const result = h("p", { role: "status" });
  const { email } = session.account;
  const send = button("quiet", t.setPasswordLink, async () => {
    send.disabled = true;
    try {
      await call("POST", "v1/passwords/forgotten", { body: { email }, signal: view.signal });
      result.textContent = t.setPasswordSent(email);
    } catch (error) {
      if (view.signal.aborted) return;
      send.disabled = false;
      result.textContent = errorText(error);
    }
  });
  return h("div", { class: "stack" }, h("div", {}, send), result);
}
