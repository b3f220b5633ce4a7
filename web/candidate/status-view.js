// The live status of one application: timeline, outlook and errors.

import { poll } from "../core/change-poller.js";
import { fill, h } from "../core/dom.js";
import { SessionExpired } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { errorText } from "../core/states-view.js";
import { isActive, newNotices, outlookText, unchangedMs } from "./application-model.js";
import { applicationTexts } from "./application-texts.js";
import { readApplication } from "./applications-api.js";
import { sessionExpiredView } from "./session-expired-view.js";
import { timelineView } from "./timeline-view.js";

const t = applicationTexts.status;

/**
 * Create the view. It polls the API until the application is withdrawn. `onChange(application)` is
 * called for each change. `update()` starts polling again, after an action that changes the status.
 */
export function statusView({ application, signal, onChange }) {
  let current = application;
  let polling = null;
  const timeline = timelineView(application);
  const outlook = h("p", { class: "outlook" });
  const trouble = h("div", { role: "status" });
  const element = h("div", { class: "status stack" }, timeline, outlook, trouble);

  function draw() {
    const text = outlookText(current);
    if (outlook.textContent !== text) outlook.textContent = text;
    outlook.hidden = !text;
    timeline.application = current;
  }

  function accept(changed) {
    const notices = newNotices(current, changed);
    current = changed;
    draw();
    for (const text of notices) showNotice(text, "good");
    onChange(changed);
    return isActive(changed);
  }

  async function update(unchanged = 0) {
    polling?.abort();
    polling = new AbortController();
    const ownSignal = AbortSignal.any([signal, polling.signal]);
    fill(trouble);
    try {
      await poll({
        signal: ownSignal,
        unchangedMs: unchanged,
        read: async (etag) => {
          const answer = await readApplication(current.id, { signal: ownSignal, etag });
          // The outlook depends on the time, even when the application has not changed.
          draw();
          return answer;
        },
        onChange: accept,
        onTrouble: (error) => fill(trouble, error && h("p", { class: "note note-bad" }, t.noUpdates)),
      });
    } catch (error) {
      if (ownSignal.aborted) return;
      fill(
        trouble,
        error instanceof SessionExpired
          ? sessionExpiredView({ signal, onLogIn: () => update() })
          : h("p", { class: "note note-bad" }, errorText(error)),
      );
    }
  }

  draw();
  if (isActive(application)) update(unchangedMs(application));
  return { element, update };
}
