// Whether the second factor is on, and the way to change that.

import { h, link } from "../core/dom.js";
import { session } from "../core/session.js";
import { texts } from "../texts.js";

export function secondFactorState() {
  const isOn = session.account.second_factor;
  return h(
    "div",
    { class: "card row" },
    h("p", {}, isOn ? texts.accounts.secondFactorOn : texts.accounts.secondFactorOff),
    link(
      "#/account/second-factor",
      { class: "button button-quiet" },
      isOn ? texts.accounts.switchOff : texts.accounts.switchOn,
    ),
  );
}
