// Doing something until there is an answer. It must be the same to the API however often it comes: it
// has an Idempotency-Key, or changes nothing the second time.

// Not imported when it is needed: after a deployment it is gone, and what was typed is on this page.
import { logInAgain } from "../accounts/again.js";
import { NoAnswer } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { secondsUntilNext } from "../core/states.js";
import { session, SessionOver } from "../core/session.js";
import { texts } from "../texts.js";

const t = texts.candidate.persisting;

// The user does not want to wait for the answer.
export class Stopped extends Error {}

// persist(attempt, { signal, place, lost }) -> what attempt() gives. Where an answer fails to come, or
// says that something is down, place(node) shows that, lost() is told, and it is tried again. Someone
// whose session is over is asked to log in again, and then it goes on.
export async function persist(attempt, { signal, place, lost = () => {} }) {
  const whose = session.lastId;
  let trouble = null;
  try {
    for (let tries = 0; ;) {
      try {
        return await attempt();
      } catch (error) {
        if (signal.aborted) throw error;
        if (error instanceof SessionOver) {
          if (!(await logInAgain(whose))) throw error;
          continue;
        }
        const isDown = error.status >= 500;
        if (!isDown && !(error instanceof NoAnswer)) throw error;
        lost();
        if (!trouble) place((trouble = troubled()).element);
        await trouble.wait(isDown ? t.down : t.lost, secondsUntilNext(error, tries), signal);
        tries += 1;
      }
      if (signal.aborted) throw signal.reason;
      if (session.lastId !== whose) throw new SessionOver("somebody else's session");
    }
  } finally {
    if (trouble) place(null);
  }
}

// What is said meanwhile, with a way to hurry and a way out.
function troubled() {
  let end = null;
  const said = h("p", { role: "status" });
  const next = h("p", { class: "soft small", "aria-hidden": "true" });
  const now = h("button", { type: "button", class: "button-quiet", onclick: () => end?.resolve() }, t.now);
  const stop = h(
    "button",
    { type: "button", class: "plain", onclick: () => end?.reject(new Stopped()) },
    t.stop,
  );
  const element = h(
    "div",
    { class: "note note-bad stack" },
    said,
    next,
    h("div", { class: "form-actions" }, now, stop),
  );

  async function wait(text, seconds, signal) {
    end = Promise.withResolvers();
    const over = new AbortController();
    let rest = seconds;
    const tick = () => {
      const sentence = navigator.onLine ? text : t.offline;
      if (said.textContent !== sentence) said.textContent = sentence;
      next.textContent = navigator.onLine ? t.again(Math.max(rest, 0)) : "";
      if (rest <= 0 && navigator.onLine) end.resolve();
      rest -= 1;
    };
    tick();
    const ticking = setInterval(tick, 1000);
    addEventListener("online", () => end.resolve(), { signal: over.signal });
    signal.addEventListener("abort", () => end.reject(signal.reason), { signal: over.signal });
    try {
      await end.promise;
    } finally {
      clearInterval(ticking);
      over.abort();
      fill(next);
    }
  }

  return { element, wait };
}
