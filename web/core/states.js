// What a page shows when it has nothing yet, nothing at all, or cannot have it.

import { NoAnswer, Problem } from "./api.js";
import { h, link } from "./dom.js";
import { hashOf } from "./router.js";
import { SessionOver } from "./session.js";
import { texts } from "../texts.js";

const LONGEST_WAIT_SECONDS = 30;

export const heading = (...text) => h("h1", { tabindex: "-1" }, ...text);

// Grey bars in place of lines that are being loaded.
export function skeleton(lines = 3) {
  return h(
    "div",
    { class: "loading", role: "status" },
    h("span", { class: "unseen" }, texts.states.loading),
    ...Array.from({ length: lines }, () => h("span", { class: "bone", "aria-hidden": "true" })),
  );
}

export function empty(title, text, action = null) {
  return h("div", { class: "state" }, h("h2", {}, title), h("p", {}, text), action);
}

// Reads what a page shows and shows it; while the API cannot be reached or has too much to do, says
// so and tries again by itself. place(node) puts a state where the content will be; with no lines of a
// skeleton, what is there stays until there is something better.
export async function load({ signal, place, read, render, lines = 3 }) {
  if (lines) place(skeleton(lines));
  for (let attempt = 0; ; attempt += 1) {
    try {
      const found = await read();
      if (!signal.aborted) await render(found);
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!error.passing) throw error;
      const seconds = secondsUntilNext(error, attempt);
      const { node, retried } = troubled(error, seconds, signal);
      place(node);
      await retried;
      if (signal.aborted) return;
    }
  }
}

// How long to wait before trying again what failed for now.
export function secondsUntilNext(error, attempt) {
  return Math.min(LONGEST_WAIT_SECONDS, error.retryAfter ?? 2 ** attempt);
}

// What a person is told of a failure that nobody handled otherwise.
export function said(error) {
  if (error instanceof NoAnswer) return navigator.onLine ? texts.states.noAnswer : texts.states.offline;
  if (error instanceof SessionOver) return texts.states.sessionOver;
  if (!(error instanceof Problem)) return texts.states.defect;
  if (error.status === 429) return texts.states.tooMany(error.retryAfter);
  return texts.problems[error.kind] ?? (error.status >= 500 ? texts.states.down : error.message);
}

// A page in place of one that failed for good.
export function failure(view, error) {
  if (error instanceof SessionOver) {
    view.title(texts.states.sessionOverTitle);
    return view.show(
      heading(texts.states.sessionOverTitle),
      h("p", {}, texts.states.sessionOver),
      link(hashOf("/log-in", { then: location.hash }), { class: "button" }, texts.states.logIn),
    );
  }
  const isMissing = error instanceof Problem && error.status === 404;
  const title = isMissing ? texts.states.missingTitle : texts.states.defectTitle;
  if (!isMissing && !(error instanceof Problem)) console.error(error);
  view.title(title);
  view.show(
    heading(title),
    h("p", {}, isMissing ? texts.states.missing : said(error)),
    link("#/", { class: "button button-quiet" }, texts.states.toPostings),
  );
}

function troubled(error, seconds, signal) {
  const { promise, resolve } = Promise.withResolvers();
  const left = h("span", {}, String(seconds));
  const node = h(
    "div",
    { class: "state state-bad", role: "status" },
    h("h2", {}, texts.states.troubleTitle),
    h("p", {}, said(error)),
    h("p", { "aria-hidden": "true" }, texts.states.againIn, " ", left, " ", texts.states.seconds),
    h("button", { type: "button", onclick: resolve }, texts.states.tryNow),
  );
  let rest = seconds;
  const ticking = setInterval(() => {
    rest -= 1;
    left.textContent = String(Math.max(rest, 0));
    if (rest <= 0) resolve();
  }, 1000);
  addEventListener("online", resolve, { once: true });
  signal.addEventListener("abort", resolve, { once: true });
  return { node, retried: promise.finally(() => clearInterval(ticking)) };
}
