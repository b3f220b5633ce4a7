// Following what changes on the server: conditional requests, often while something is about to
// happen, seldom when nothing did for long. Why not a socket: docs/adr.

const OFTEN_MS = 400;
const SELDOM_MS = 8000;
// For this long after the last change it is looked often.
const LIVELY_MS = 30_000;

// follow({ read, changed, signal }): read(etag) -> { status, body, etag } as session.call answers;
// changed(body) -> whether anything may still change. Ends when it says no, or at the signal. While
// the page is hidden it rests; failures that pass are waited out.
export async function follow({ read, changed, signal, etag = null }) {
  let known = etag;
  let lastChange = performance.now();
  let wait = OFTEN_MS;
  while (!signal.aborted) {
    await rest(wait, signal);
    if (signal.aborted) return;
    try {
      const answer = await read(known);
      if (signal.aborted) return;
      if (answer.status !== 304) {
        known = answer.etag;
        lastChange = performance.now();
        if (!changed(answer.body)) return;
      }
      const quiet = performance.now() - lastChange;
      wait = quiet < LIVELY_MS ? OFTEN_MS : Math.min(SELDOM_MS, wait * 1.5);
    } catch (error) {
      if (signal.aborted) return;
      if (!error.passing) throw error;
      wait = Math.max(Math.min(SELDOM_MS, wait * 2), (error.retryAfter ?? 0) * 1000);
    }
  }
}

// Waits, and longer while nobody sees the page.
async function rest(ms, signal) {
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
  while (document.hidden && !signal.aborted) {
    await new Promise((resolve) => {
      document.addEventListener("visibilitychange", resolve, { once: true });
      signal.addEventListener("abort", resolve, { once: true });
    });
  }
}
