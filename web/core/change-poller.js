// Polling with conditional requests (docs/adr/0013-poll-status-with-conditional-requests.md). The interval
// grows with the time since the last change. Polling never stops while a change is possible, because
// an operator may resend a dead-lettered e-mail days later. After an hour without a change the
// interval grows to five minutes. When the page becomes visible, the next request is sent at once.

const MIN_INTERVAL_MS = 400;
// Below one second, so that a change after some minutes of waiting is also shown within a second.
const RECENT_INTERVAL_MS = 900;
const IDLE_INTERVAL_MS = 8000;
const MAX_INTERVAL_MS = 300_000;
// The interval is raised when the last change is older than these.
const RECENT_AFTER_MS = 30_000;
const IDLE_AFTER_MS = 600_000;
const MAX_AFTER_MS = 3_600_000;

/**
 * Poll until `onChange` returns false or the signal is aborted. A hidden page sends no request.
 *
 * @param {object} options
 * @param {(etag: string | null) => Promise<{status: number, body: any, etag: string | null}>} options.read
 *   sends the request, as session.call does; may throw
 * @param {(body: any) => boolean} options.onChange returns whether another change is possible
 * @param {(error: any) => void} [options.onTrouble] gets each transient error, and null after the next success
 * @param {number} [options.unchangedMs] time since the last known change
 * @param {AbortSignal} options.signal
 */
export async function poll({ read, onChange, signal, unchangedMs = 0, onTrouble = () => {} }) {
  let etag = null;
  let lastChange = performance.now() - unchangedMs;
  let wait = MIN_INTERVAL_MS;
  let isFailing = false;
  while (!signal.aborted) {
    await pause(wait, signal);
    if (signal.aborted) return;
    try {
      const answer = await read(etag);
      if (signal.aborted) return;
      if (isFailing) onTrouble(null);
      isFailing = false;
      if (answer.status !== 304) {
        // The first answer repeats what the caller knows.
        if (etag) lastChange = performance.now();
        etag = answer.etag;
        if (!onChange(answer.body)) return;
      }
      wait = intervalAfter(performance.now() - lastChange, wait);
    } catch (error) {
      if (signal.aborted) return;
      if (!error.isTransient) throw error;
      isFailing = true;
      onTrouble(error);
      wait = Math.max(Math.min(IDLE_INTERVAL_MS, wait * 2), (error.retryAfter ?? 0) * 1000);
    }
  }
}

/** Return the next interval from the time since the last change and the present interval, in ms. */
export function intervalAfter(unchangedMs, interval) {
  if (unchangedMs < RECENT_AFTER_MS) return MIN_INTERVAL_MS;
  if (unchangedMs < IDLE_AFTER_MS) return RECENT_INTERVAL_MS;
  return Math.min(unchangedMs < MAX_AFTER_MS ? IDLE_INTERVAL_MS : MAX_INTERVAL_MS, interval * 1.5);
}

// Resolves after `ms`, or later if the page is hidden then. Becoming visible or online ends the pause.
function pause(ms, signal) {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const ended = new AbortController();
      const end = () => {
        clearTimeout(timer);
        ended.abort();
        resolve();
      };
      let isDue = false;
      const timer = setTimeout(() => {
        isDue = true;
        if (!document.hidden) end();
      }, ms);
      const onVisible = () => !document.hidden && (isDue || ms > MIN_INTERVAL_MS) && end();
      document.addEventListener("visibilitychange", onVisible, { signal: ended.signal });
      addEventListener("online", end, { signal: ended.signal });
      signal.addEventListener("abort", end, { signal: ended.signal });
      if (signal.aborted) end();
    })
  );
}
