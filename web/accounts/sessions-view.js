// The list of the account's sessions. Each can be ended, and all at once.

import { button, fill, h } from "../core/dom.js";
import { formatDateTime, formatRelative } from "../core/format.js";
import { navigate } from "../core/router.js";
import { SessionExpired, session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { errorText, load } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";
import { askToLogIn, showActionError, withSession } from "./log-in-dialog.js";

export function sessionsView(view) {
  const title = h("h2", { tabindex: "-1" }, t.sessionsTitle);
  const content = h("div", { class: "stack" });
  const show = (lines = 0) =>
    load({
      signal: view.signal,
      place: (node) => fill(content, node),
      read: () => session.call("GET", "v1/account/sessions", { signal: view.signal }),
      render: ({ body }) =>
        fill(
          content,
          h(
            "ul",
            { class: "list" },
            body.sessions.map((one) => sessionItem(one, endSession)),
          ),
        ),
      lines,
    }).catch((error) => fill(content, loadError(error)));

  async function endSession(one) {
    try {
      await withSession(() => session.call("DELETE", `v1/account/sessions/${one.id}`));
      showNotice(t.ended, "good");
    } catch (error) {
      // 404: it has already ended.
      if (error.status !== 404) return showActionError(error);
    }
    await show();
    // The focused button was removed with its session.
    title.focus();
  }

  show(1);
  session.onChange(({ reason }) => reason === "logged-in" && show(), view.signal);
  return h("section", { class: "stack" }, title, content, h("div", {}, endAllButton()));
}

function sessionItem(one, endSession) {
  const name = one.place ? `${one.device}, ${one.place}` : one.device;
  const lastUsed = one.last_used_at;
  return h(
    "li",
    { class: "card row" },
    h(
      "div",
      {},
      h("p", {}, h("strong", {}, name), " ", one.current && h("span", { class: "tag tag-brand" }, t.thisOne)),
      h(
        "p",
        { class: "soft small" },
        t.lastUsed,
        " ",
        h("time", { datetime: lastUsed, title: formatDateTime(lastUsed) }, formatRelative(lastUsed)),
      ),
    ),
    !one.current && button("quiet", t.end, () => endSession(one), { "aria-label": t.endOf(name) }),
  );
}

function endAllButton() {
  return button("quiet", t.logOutEverywhere, async () => {
    try {
      await withSession(() => session.logOutEverywhere());
      showNotice(t.loggedOutEverywhere, "good");
      navigate("#/");
    } catch (error) {
      showActionError(error);
    }
  });
}

// The list is loaded again after a log-in, by session.onChange.
const loadError = (error) => [
  h("p", { class: "field-error" }, errorText(error)),
  error instanceof SessionExpired &&
    h(
      "div",
      {},
      button("quiet", t.logIn, () => askToLogIn()),
    ),
];
