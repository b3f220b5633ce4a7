// Where one is logged in: each can be ended, and all.

import { fill, h } from "../core/dom.js";
import { agoOf, momentOf } from "../core/format.js";
import { go } from "../core/router.js";
import { notice } from "../core/notices.js";
import { session, SessionOver } from "../core/session.js";
import { load, said } from "../core/states.js";
import { texts } from "../texts.js";
import { logInAgain, withSession } from "./again.js";

export function sessions(view) {
  const title = h("h2", { tabindex: "-1" }, texts.accounts.sessionsTitle);
  const place = h("div", { class: "stack" });
  const show = (lines = 0) =>
    load({
      signal: view.signal,
      place: (node) => fill(place, node),
      read: () => session.call("GET", "v1/account/sessions", { signal: view.signal }),
      render: ({ body }) => fill(place, h("ul", { class: "list" }, body.sessions.map((one) => item(one, end)))),
      lines,
    }).catch((error) => fill(place, failed(error)));

  async function end(one) {
    try {
      await withSession(() => session.call("DELETE", `v1/account/sessions/${one.id}`));
      notice(texts.accounts.ended, { kind: "good" });
    } catch (error) {
      // 404: it has ended already.
      if (error.status !== 404) return tell(error);
    }
    await show();
    // The button that had the focus is gone.
    title.focus();
  }

  show(1);
  session.onChange(({ reason }) => reason === "in" && show(), view.signal);
  return h("section", { class: "stack" }, title, place, h("div", {}, everywhere()));
}

function item(one, end) {
  const what = one.place ? `${one.device}, ${one.place}` : one.device;
  return h(
    "li",
    { class: "card row" },
    h(
      "div",
      {},
      h("p", {}, h("strong", {}, what), " ", one.current && h("span", { class: "tag tag-brand" }, texts.accounts.thisOne)),
      h(
        "p",
        { class: "soft small" },
        texts.accounts.lastUsed,
        " ",
        h("time", { datetime: one.last_used_at, title: momentOf(one.last_used_at) }, agoOf(one.last_used_at)),
      ),
    ),
    !one.current &&
      button(texts.accounts.end, () => end(one), { "aria-label": texts.accounts.endOf(what) }),
  );
}

function everywhere() {
  return button(texts.accounts.logOutEverywhere, async () => {
    try {
      await withSession(() => session.logOutEverywhere());
      notice(texts.accounts.loggedOutEverywhere, { kind: "good" });
      go("#/");
    } catch (error) {
      tell(error);
    }
  });
}

// Logging in again has the list shown by itself.
const failed = (error) => [
  h("p", { class: "field-error" }, said(error)),
  error instanceof SessionOver && h("div", {}, button(texts.accounts.logIn, () => logInAgain())),
];

// Who closed the dialog for logging in again knows why nothing was done.
function tell(error) {
  if (!(error instanceof SessionOver)) notice(said(error), { kind: "bad" });
}

const button = (text, onclick, properties = {}) =>
  h("button", { type: "button", class: "button-quiet", onclick, ...properties }, text);
