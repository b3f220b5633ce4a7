// Where one is logged in, with a button to end each.

import { fill, h } from "../core/dom.js";
import { agoOf, momentOf } from "../core/format.js";
import { notice } from "../core/notices.js";
import { session } from "../core/session.js";
import { load, said } from "../core/states.js";
import { texts } from "../texts.js";

export function sessionList(view) {
  const place = h("div", {});
  const show = () =>
    load({
      signal: view.signal,
      place: (node) => fill(place, node),
      read: () => session.call("GET", "v1/account/sessions", { signal: view.signal }),
      render: ({ body }) => fill(place, h("ul", { class: "list" }, body.sessions.map((one) => item(one, show)))),
      lines: 1,
    }).catch((error) => fill(place, h("p", { class: "field-error" }, said(error))));
  show();
  return place;
}

function item(one, show) {
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
      h(
        "button",
        { type: "button", class: "button-quiet", "aria-label": texts.accounts.endOf(what), onclick: () => end(one, show) },
        texts.accounts.end,
      ),
  );
}

async function end(one, show) {
  try {
    await session.call("DELETE", `v1/account/sessions/${one.id}`);
    notice(texts.accounts.ended, { kind: "good" });
  } catch (error) {
    // 404: it has ended already.
    if (error.status !== 404) return notice(said(error), { kind: "bad" });
  }
  await show();
}
