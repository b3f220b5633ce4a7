// Following what changes on the server: conditional requests, often while something is about to
// happen, less often when nothing did for long. Why not a socket: docs/adr.
//
// Nothing tells a status that will never change from one that may: a mail that was given up is sent
// when an operator says so. So it is never looked for the last time, but after an hour without a
// change ever more seldom, at last every five minutes; and at once when the page is seen again.

const OFTEN_MS = 400;
// So that a change is seen within a second, also when what was waited for was down for minutes.
const STEADY_MS = 900;
const SELDOM_MS = 8000;
const RARELY_MS = 300_000;
// How long after the last change it is looked often, how long steadily, and how long seldom.
const LIVELY_MS = 30_000;
const PATIENT_MS = 600_000;
const HOPEFUL_MS = 3_600_000;

// follow({ read, changed, signal }): read(etag) -> { status, body, etag } as session.call answers;
// changed(body) -> whether anything may still change. Ends when it says no, or at the signal. While
// the page is hidden it rests, and looks at once when it is seen again. Failures that pass are waited
// out: troubled(error) is told of each, and troubled(null) that it is over. `quiet`: for how long (ms)
// nothing had changed when it begins.
export async function follow({ read, changed, signal, quiet = 0, troubled = () => {} }) {
  let known = null;
  let lastChange = performance.now() - quiet;
  let wait = OFTEN_MS;
  let failing = false;
  while (!signal.aborted) {
    await rest(wait, signal);
    if (signal.aborted) return;
    try {
      const answer = await read(known);
      if (signal.aborted) return;
      if (failing) troubled(null);
      failing = false;
      if (answer.status !== 304) {
        // The first answer is what was known.
        if (known) lastChange = performance.now();
        known = answer.etag;
        if (!changed(answer.body)) return;
      }
      wait = pace(performance.now() - lastChange, wait);
    } catch (error) {
      if (signal.aborted) return;
      if (!error.passing) throw error;
      failing = true;
      troubled(error);
      wait = Math.max(Math.min(SELDOM_MS, wait * 2), (error.retryAfter ?? 0) * 1000);
    }
  }
}

// How long to wait when nothing changed for so long.
function pace(quiet, wait) {
  if (quiet < LIVELY_MS) return OFTEN_MS;
  if (quiet < PATIENT_MS) return STEADY_MS;
  return Math.min(quiet < HOPEFUL_MS ? SELDOM_MS : RARELY_MS, wait * 1.5);
}

// Waits, and longer while nobody sees the page. Being seen again, or online again, ends it.
function rest(ms, signal) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = () => {
      clearTimeout(timer);
      over.abort();
      resolve();
    };
    let isDue = false;
    const timer = setTimeout(() => {
      isDue = true;
      if (!document.hidden) end();
    }, ms);
    const seen = () => !document.hidden && (isDue || ms > OFTEN_MS) && end();
    document.addEventListener("visibilitychange", seen, { signal: over.signal });
    addEventListener("online", end, { signal: over.signal });
    signal.addEventListener("abort", end, { signal: over.signal });
    if (signal.aborted) end();
  });
}
