// The account page: who one is, where one is logged in, and what can be changed.

import { fill, h, link } from "../core/dom.js";
import { dayOf } from "../core/format.js";
import { session } from "../core/session.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";
import { changeAddress, changePassword, deletion } from "./changing.js";
import { sessions } from "./sessions.js";

export function page(view) {
  const facts = h("dl", { class: "facts card" });
  const factor = h("div", { class: "card row" });
  const draw = () => {
    fill(facts, factsOf(session.account));
    fill(factor, secondFactor(session.account.second_factor));
  };
  draw();
  // Not the forms: what is typed there stays.
  session.onChange(({ reason }) => reason === "in" && draw(), view.signal);
  view.title(texts.accounts.accountTitle);
  view.show(
    h(
      "div",
      { class: "stack account" },
      heading(texts.accounts.accountTitle),
      facts,
      sessions(view),
      section(texts.accounts.secondFactorTitle, factor),
      section(texts.accounts.changeTitle, changePassword(view), changeAddress(view), deletion(view)),
    ),
  );
}

const section = (title, ...content) => h("section", { class: "stack" }, h("h2", {}, title), content);

function factsOf({ name, email, role, created_at: since }) {
  const facts = [
    [texts.accounts.name, name],
    [texts.accounts.email, email],
    [texts.accounts.role, texts.accounts.roles[role] ?? role],
    [texts.accounts.since, dayOf(since)],
  ];
  return facts.map(([what, value]) => h("div", {}, h("dt", {}, what), h("dd", {}, value)));
}

function secondFactor(isOn) {
  const { secondFactorOn, secondFactorOff, switchOn, switchOff } = texts.accounts;
  return [
    h("p", {}, isOn ? secondFactorOn : secondFactorOff),
    link("#/account/second-factor", { class: "button button-quiet" }, isOn ? switchOff : switchOn),
  ];
}
