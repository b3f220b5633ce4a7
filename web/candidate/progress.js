// How far an application is, in words: what the API's progress means to its candidate.

import { numberOf, plural } from "../core/format.js";
import { texts } from "../texts.js";

const t = texts.candidate.status;
// After so long something is slower than it should be.
const LATE_MS = 60_000;

export const isActive = ({ status }) => status !== "withdrawn";

// Whether something will still happen by itself.
export const isOnItsWay = ({ status }) => status !== "mailed" && status !== "withdrawn";

// For how long (ms) nothing happened.
export const quietOf = ({ timeline }, now = Date.now()) =>
  Math.max(0, now - new Date(timeline.at(-1).at).getTime());

export const nameOf = (progress) => progress.posting?.title ?? t.postingGone;

// What is new in `now`, given what was known: events, and "withdrawing".
export function newsOf(before, now) {
  const known = new Set(before.timeline.map((step) => step.event));
  const news = now.timeline.map((step) => step.event).filter((event) => !known.has(event));
  if (now.status === "withdrawing" && before.status !== "withdrawing") news.push("withdrawing");
  return news;
}

// What is told beside the timeline, or "".
export function outlookOf(progress, now = Date.now()) {
  const { status, waiting } = progress;
  const isLate = quietOf(progress, now) > LATE_MS;
  if (status === "withdrawing") return t.withdrawingSoon;
  if (status === "stored") return isLate ? t.mailLate : t.mailSoon;
  if (status !== "accepted") return "";
  if (!waiting) return isLate ? t.late : t.storedSoon;
  return placeOf(waiting);
}

// "About 14 applications are before it, 2 of them yours; about 3 seconds."
function placeOf({ position, ahead, seconds }) {
  const own = Math.min(position - 1, ahead);
  const before = ahead
    ? t.before(plural(ahead, t.applications), own === ahead ? null : numberOf(own))
    : t.next;
  return `${before}${seconds === null ? "" : `; ${t.takes(spanOf(seconds))}`}.`;
}

function spanOf(seconds) {
  if (seconds < 1) return t.lessThanASecond;
  if (seconds < 90) return plural(Math.round(seconds), t.seconds);
  return plural(Math.round(seconds / 60), t.minutes);
}
