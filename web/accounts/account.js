// The account page: who one is, where one is logged in, and what can be changed.

import { h } from "../core/dom.js";
import { dayOf } from "../core/format.js";
import { go } from "../core/router.js";
import { session } from "../core/session.js";
import { heading, said } from "../core/states.js";
import { notice } from "../core/notices.js";
import { texts } from "../texts.js";
import { changeAddress, changePassword, deletion } from "./changing.js";
import { secondFactorState } from "./second-factor-state.js";
import { sessionList } from "./sessions.js";

export function page(view) {
  view.title(texts.accounts.accountTitle);
  draw(view);
  session.onChange(({ reason }) => reason === "in" && draw(view), view.signal);
}

function draw(view) {
  const { name, email, role, created_at: since } = session.account;
  const facts = [
    [texts.accounts.name, name],
    [texts.accounts.email, email],
    [texts.accounts.role, texts.accounts.roles[role] ?? role],
    [texts.accounts.since, dayOf(since)],
  ];
  view.show(
    h(
      "div",
      { class: "stack account" },
      heading(texts.accounts.accountTitle),
      h("dl", { class: "facts card" }, facts.map(([what, value]) => h("div", {}, h("dt", {}, what), h("dd", {}, value)))),
      section(texts.accounts.sessionsTitle, sessionList(view), everywhere()),
      section(texts.accounts.secondFactorTitle, secondFactorState()),
      section(texts.accounts.changeTitle, changePassword(), changeAddress(), deletion()),
    ),
  );
}

const section = (title, ...content) => h("section", { class: "stack" }, h("h2", {}, title), content);

function everywhere() {
  return h(
    "div",
    {},
    h(
      "button",
      {
        type: "button",
        class: "button-quiet",
        onclick: async () => {
          try {
            await session.logOutEverywhere();
            notice(texts.accounts.loggedOutEverywhere, { kind: "good" });
            go("#/");
          } catch (error) {
            notice(said(error), { kind: "bad" });
          }
        },
      },
      texts.accounts.logOutEverywhere,
    ),
  );
}
