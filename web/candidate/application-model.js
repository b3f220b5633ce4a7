// The meaning of an application's status for its candidate. An application is
// `{ id, status, timeline: [{ event, at, words? }], posting?, waiting? }`, as the API returns it. An
// event with `words` is a stage of the employer's pipeline.

import { serverNow } from "../core/api-client.js";
import { formatNumber, pluralize } from "../core/format.js";
import { applicationTexts } from "./application-texts.js";

const t = applicationTexts.status;
const LATE_AFTER_MS = 60_000;
const STEPS = ["accepted", "stored", "mailed"];
const AMENDMENTS = ["amended", "not_amended"];

export const isActive = ({ status }) => status !== "withdrawn";

/** Return whether another change is expected soon, without an action of the candidate. */
export const isInProgress = ({ status, amending }) =>
  amending || ["accepted", "stored", "withdrawing"].includes(status);

/** Return the milliseconds since the last event. */
export const unchangedMs = ({ timeline }, now = serverNow()) =>
  Math.max(0, now - new Date(timeline.at(-1).at).getTime());

export const isStored = ({ timeline }) => timeline.some((step) => step.event === "stored");

export const titleOf = (application) => application.posting?.title ?? t.noTitle;

/** Return the status in words. */
export const statusText = ({ status, timeline }) =>
  t.names[status] ?? timeline.findLast((step) => step.words).words;

/** Return notices of the events in `now` that are not in `before`, and of a withdrawal that began. */
export function newNotices(before, now) {
  const keyOf = (step) => step.event + step.at;
  const known = new Set(before.timeline.map(keyOf));
  const steps = now.timeline.filter((step) => !known.has(keyOf(step)));
  if (now.status === "withdrawing" && before.status !== "withdrawing") steps.push({ event: "withdrawing" });
  const title = titleOf(now);
  return steps.map(({ event, words }) => (words ? t.stageNotice(words, title) : t.notices[event](title)));
}

/**
 * Return the steps of the timeline, past and future: `{ event, at, words, detail, isNext }`. Future steps
 * have no `at`; the first of them is next.
 */
export function stepsOf({ timeline, status }) {
  const isWithdrawn = status === "withdrawn" || status === "withdrawing";
  const times = new Map(timeline.map((step) => [step.event, step.at]));
  const events = isWithdrawn ? [...STEPS.filter((event) => times.has(event)), "withdrawn"] : STEPS;
  const next = events.find((event) => !times.has(event));
  const steps = events.map((event) => ({ event, at: times.get(event), isNext: event === next }));
  const stages = timeline.filter((step) => step.words || AMENDMENTS.includes(step.event));
  return isWithdrawn ? [...steps.slice(0, -1), ...stages, steps.at(-1)] : [...steps, ...stages];
}

/** Return the sentence below the timeline, or "". */
export function outlookText(application, now = serverNow()) {
  const { status, waiting } = application;
  const isLate = unchangedMs(application, now) > LATE_AFTER_MS;
  if (status === "withdrawing") return t.withdrawing;
  if (application.amending) return t.amending;
  if (status === "stored") return isLate ? t.confirmationLate : t.confirming;
  if (status !== "accepted") return "";
  if (!waiting) return isLate ? t.late : t.storing;
  return positionText(waiting);
}

// "About 14 applications are ahead of it, 2 of them yours; about 3 seconds."
function positionText({ position, ahead, seconds }) {
  const own = Math.min(position - 1, ahead);
  const before = ahead
    ? t.ahead(pluralize(ahead, t.applications), own === ahead ? null : formatNumber(own))
    : t.next;
  return `${before}${seconds === null ? "" : `; ${t.takes(durationText(seconds))}`}.`;
}

function durationText(seconds) {
  if (seconds < 1) return t.lessThanASecond;
  if (seconds < 90) return pluralize(Math.round(seconds), t.seconds);
  return pluralize(Math.round(seconds / 60), t.minutes);
}
