// How far one application is, on a page, changing by itself while it is on its way.

import { fill, h } from "../core/dom.js";
import { follow } from "../core/live.js";
import { notice } from "../core/notices.js";
import { session, SessionOver } from "../core/session.js";
import { said } from "../core/states.js";
import { texts } from "../texts.js";
import { loggedOut } from "./logged-out.js";
import { isOnItsWay, nameOf, newsOf, outlookOf, quietOf } from "./progress.js";
import { timeline } from "./timeline.js";

const t = texts.candidate.status;

// changed(progress) is called for each change that is seen. -> { element, look() }: look() follows
// again, after something was done that changes it.
export function status({ progress, signal, changed = () => {} }) {
  let known = progress;
  let following = null;
  const steps = timeline(progress);
  const outlook = h("p", { class: "outlook" });
  const trouble = h("div", { role: "status" });
  const element = h("div", { class: "status stack" }, steps, outlook, trouble);

  function show() {
    const text = outlookOf(known);
    if (outlook.textContent !== text) outlook.textContent = text;
    outlook.hidden = !text;
    steps.progress = known;
  }

  function learn(now) {
    const news = newsOf(known, now);
    known = now;
    show();
    for (const event of news) notice(t.told[event](nameOf(now)), { kind: "good" });
    changed(now);
    return isOnItsWay(now);
  }

  async function look(quiet = 0) {
    following?.abort();
    following = new AbortController();
    const own = AbortSignal.any([signal, following.signal]);
    fill(trouble);
    try {
      await follow({
        signal: own,
        quiet,
        read: async (etag) => {
          const headers = etag ? { "If-None-Match": etag } : {};
          const answer = await session.call("GET", `v1/applications/${known.id}`, { headers, signal: own });
          // Time passes also where nothing changes.
          show();
          return answer;
        },
        changed: learn,
        troubled: (error) => fill(trouble, error && h("p", { class: "note note-bad" }, t.noNews)),
      });
    } catch (error) {
      if (own.aborted) return;
      fill(
        trouble,
        error instanceof SessionOver
          ? loggedOut({ signal, goOn: () => look() })
          : h("p", { class: "note note-bad" }, said(error)),
      );
    }
  }

  show();
  if (isOnItsWay(progress)) look(quietOf(progress));
  return { element, look };
}
