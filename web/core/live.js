// Following what changes on the server: conditional requests, often while something is about to
// happen, less often when nothing did for long. Why not a socket: docs/adr.

const OFTEN_MS = 400;
// So that a change is seen within a second, also when what was waited for was down for minutes.
const STEADY_MS = 900;
const SELDOM_MS = 8000;
// How long after the last change it is looked often, and how long steadily.
const LIVELY_MS = 30_000;
const PATIENT_MS = 600_000;

// follow({ read, changed, signal }): read(etag) -> { status, body, etag } as session.call answers;
// changed(body) -> whether anything may still change. Ends when it says no, or at the signal. While
// the page is hidden it rests, and looks at once when it is seen again. Failures that pass are waited
// out: troubled(error) is told of each, and troubled(null) that it is over.
export async function follow({ read, changed, signal, etag = null, troubled = () => {} }) {
  let known = etag;
  let lastChange = performance.now();
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
        known = answer.etag;
        lastChange = performance.now();
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
  return Math.min(SELDOM_MS, wait * 1.5);
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
