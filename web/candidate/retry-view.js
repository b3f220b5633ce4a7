// Repeating a request until it is answered, with a view of the state. The request must have the same
// effect however often it arrives: it has an Idempotency-Key, or it changes nothing the second time.

// A static import: after a deployment, a dynamic one could fail while a draft is on the page.
import { askToLogIn } from "../accounts/log-in-dialog.js";
import { NoResponse } from "../core/api-client.js";
import { isOnline } from "../core/browser-features.js";
import { button, fill, h } from "../core/dom.js";
import { SessionExpired, session } from "../core/session.js";
import { retrySeconds } from "../core/states-view.js";
import { applicationTexts } from "./application-texts.js";

const t = applicationTexts.retry;

/** The person stopped the retries. The request may have been processed. */
export class RetryStopped extends Error {}

/**
 * Return the answer of `send`. It is called again after a lost answer or a status of 500 and more,
 * and after a log-in if the session expired.
 *
 * @param {() => Promise<any>} send
 * @param {{signal: AbortSignal, place: (node: Node | null) => void, onNoAnswer?: () => void}} options
 *   `place` shows the state of the retries, or nothing; `onNoAnswer` is called after each failure
 *   whose request may have arrived
 */
export async function retryUntilAnswered(send, { signal, place, onNoAnswer = () => {} }) {
  const accountId = session.lastId;
  let view = null;
  try {
    for (let attempt = 0; ; ) {
      try {
        return await send();
      } catch (error) {
        if (signal.aborted) throw error;
        if (error instanceof SessionExpired) {
          if (!(await askToLogIn(accountId))) throw error;
          continue;
        }
        const isUnavailable = error.status >= 500;
        if (!isUnavailable && !(error instanceof NoResponse)) throw error;
        const isPaused = error.slug === "intake-paused";
        // This answer says that nothing has arrived.
        if (!isPaused) onNoAnswer();
        if (!view) {
          view = retryView();
          place(view.element);
        }
        const reason = isPaused ? t.paused : isUnavailable ? t.unavailable : t.noResponse;
        await view.wait(reason, retrySeconds(error, attempt), signal);
        attempt += 1;
      }
      if (signal.aborted) throw signal.reason;
      if (session.lastId !== accountId) throw new SessionExpired("the account has changed");
    }
  } finally {
    if (view) place(null);
  }
}

// `wait` resolves at the next attempt and rejects when the person stops or the page is left.
function retryView() {
  let waiting = null;
  const reason = h("p", { role: "status" });
  const countdown = h("p", { class: "soft small", "aria-hidden": "true" });
  const now = button("quiet", t.now, () => waiting?.resolve());
  const stop = h(
    "button",
    { type: "button", class: "plain", onclick: () => waiting?.reject(new RetryStopped()) },
    t.stop,
  );
  const element = h(
    "div",
    { class: "note note-bad stack" },
    reason,
    countdown,
    h("div", { class: "form-actions" }, now, stop),
  );

  async function wait(text, seconds, signal) {
    waiting = Promise.withResolvers();
    const ended = new AbortController();
    let rest = seconds;
    const tick = () => {
      const sentence = isOnline() ? text : t.offline;
      // Screen readers announce each change of the text, so it is not set again.
      if (reason.textContent !== sentence) reason.textContent = sentence;
      countdown.textContent = isOnline() ? t.next(Math.max(rest, 0)) : "";
      if (rest <= 0 && isOnline()) waiting.resolve();
      rest -= 1;
    };
    tick();
    const interval = setInterval(tick, 1000);
    addEventListener("online", () => waiting.resolve(), { signal: ended.signal });
    signal.addEventListener("abort", () => waiting.reject(signal.reason), { signal: ended.signal });
    try {
      await waiting.promise;
    } finally {
      clearInterval(interval);
      ended.abort();
      fill(countdown);
    }
  }

  return { element, wait };
}
