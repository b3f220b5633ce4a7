// The server's time. A visitor's clock may be hours off, so whatever compares a time of the API with the
// present uses this one.

let lastAnswer = null;

/** Return the server's time in ms since 1970. Before the first answer it is the visitor's clock. */
export const serverNow = () => (lastAnswer ? lastAnswer.time + lastAnswer.age() : Date.now());

/** Set the clock by the headers of an answer. */
export function setServerClock(headers) {
  // A cache in front of the API adds the seconds for which it has kept the answer (RFC 9111).
  const time = Date.parse(headers.get("Date")) + (Number(headers.get("Age")) || 0) * 1000;
  if (!Number.isNaN(time)) lastAnswer = { time, age: startStopwatch() };
}

/** Return a function that returns the milliseconds since this call. */
export function startStopwatch() {
  const date = Date.now();
  const uptime = performance.now();
  // The clock may be set back, and performance.now() may stop while the computer sleeps.
  return () => Math.max(Date.now() - date, performance.now() - uptime);
}
