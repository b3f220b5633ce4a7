// Views of a page that is loading, has no content, or cannot load.

import { texts } from "../texts.js";
import { NoResponse, Problem } from "./api-client.js";
import { isOnline } from "./browser-features.js";
import { button, h, link } from "./dom.js";
import { buildHash } from "./router.js";
import { SessionExpired } from "./session.js";

const MAX_RETRY_SECONDS = 30;

export const heading = (...text) => h("h1", { tabindex: "-1" }, ...text);

/** Grey bars in place of content that is being loaded. */
export function skeleton(lines = 3) {
  return h(
    "div",
    { class: "loading", role: "status" },
    h("span", { class: "unseen" }, texts.states.loading),
    ...Array.from({ length: lines }, () => h("span", { "aria-hidden": "true" })),
  );
}

export function emptyState(title, text, action = null) {
  return h("div", { class: "state" }, h("h2", {}, title), h("p", {}, text), action);
}

/**
 * Read data and render it. Transient errors are shown and the read is repeated.
 *
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {(node: Node) => void} options.place shows the skeleton or the error where the content will be
 * @param {() => Promise<any>} options.read
 * @param {(data: any) => any} options.render
 * @param {number} [options.lines] lines of the skeleton; with 0, the present content stays meanwhile
 */
export async function load({ signal, place, read, render, lines = 3 }) {
  if (lines) place(skeleton(lines));
  for (let attempt = 0; ; attempt += 1) {
    try {
      const data = await read();
      if (!signal.aborted) await render(data);
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!error.isTransient) throw error;
      const { node, retried } = retryCountdown(error, retrySeconds(error, attempt), signal);
      place(node);
      await retried;
      if (signal.aborted) return;
    }
  }
}

/** Return the seconds to wait before the next attempt: Retry-After, else exponential back-off. */
export function retrySeconds(error, attempt) {
  return Math.min(MAX_RETRY_SECONDS, error.retryAfter ?? 2 ** attempt);
}

/** Return the text for an error that has no text of its own where it occurred. */
export function errorText(error) {
  if (error instanceof NoResponse) return isOnline() ? texts.states.noResponse : texts.states.offline;
  if (error instanceof SessionExpired) return texts.states.sessionExpired;
  if (!(error instanceof Problem)) return texts.states.unexpected;
  if (error.status === 429) return texts.states.tooManyRequests(error.retryAfter);
  return texts.problems[error.slug] ?? (error.status >= 500 ? texts.states.unavailable : error.message);
}

/** Show an error in place of the page. */
export function showFailure(view, error) {
  if (error instanceof SessionExpired) {
    view.setTitle(texts.states.sessionExpiredTitle);
    return view.show(
      heading(texts.states.sessionExpiredTitle),
      h("p", {}, texts.states.sessionExpired),
      link(buildHash("/log-in", { then: location.hash }), { class: "button" }, texts.states.logIn),
    );
  }
  const isNotFound = error instanceof Problem && error.status === 404;
  const title = isNotFound ? texts.states.notFoundTitle : texts.states.failedTitle;
  if (!(error instanceof Problem)) console.error(error);
  view.setTitle(title);
  view.show(
    heading(title),
    h("p", {}, isNotFound ? texts.states.notFound : errorText(error)),
    link("#/", { class: "button button-quiet" }, texts.states.toPostings),
  );
}

function retryCountdown(error, seconds, signal) {
  /** @type {PromiseWithResolvers<void>} */
  const { promise, resolve } = Promise.withResolvers();
  const counter = h("span", {}, String(seconds));
  const node = h(
    "div",
    { class: "state state-bad", role: "status" },
    h("h2", {}, texts.states.unreachableTitle),
    h("p", {}, errorText(error)),
    h("p", { "aria-hidden": "true" }, texts.states.retryIn, " ", counter, " ", texts.states.seconds),
    button("", texts.states.tryNow, () => resolve()),
  );
  let rest = seconds;
  const interval = setInterval(() => {
    rest -= 1;
    counter.textContent = String(Math.max(rest, 0));
    if (rest <= 0) resolve();
  }, 1000);
  addEventListener("online", () => resolve(), { once: true });
  signal.addEventListener("abort", () => resolve(), { once: true });
  return { node, retried: promise.finally(() => clearInterval(interval)) };
}
