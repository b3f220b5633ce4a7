import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isActive,
  isInProgress,
  newNotices,
  outlookText,
  statusText,
  stepsOf,
  titleOf,
  unchangedMs,
} from "../../../web/candidate/application-model.js";

const AT = "2026-11-28T12:00:00Z";
const NOW = Date.parse(AT);
const application = (status, events, more = {}) => ({
  id: "1",
  status,
  timeline: events.map((event) => ({ event, at: AT })),
  ...more,
});
const accepted = (waiting) => application("accepted", ["accepted"], { waiting });

test("an application is in progress until it is confirmed or withdrawn", () => {
  const inProgress = ["accepted", "stored", "mailed", "withdrawing", "withdrawn"].filter((status) =>
    isInProgress({ status }),
  );
  assert.deepEqual(inProgress, ["accepted", "stored", "withdrawing"]);
  assert.equal(isActive({ status: "withdrawn" }), false);
  assert.equal(isActive({ status: "withdrawing" }), true);
});

test("time since the last event is never negative", () => {
  assert.equal(unchangedMs(accepted(null), NOW + 5000), 5000);
  assert.equal(unchangedMs(accepted(null), NOW - 5000), 0);
});

test("an application without its posting has a title", () => {
  assert.equal(titleOf({}), "Your application");
  assert.equal(titleOf({ posting: { title: "Rigger" } }), "Rigger");
});

test("new events are reported once and in order", () => {
  const before = accepted(null);
  const after = application("mailed", ["accepted", "stored", "mailed"]);
  assert.deepEqual(newNotices(before, after), [
    "Stored: Your application.",
    "Confirmation sent: Your application.",
  ]);
  assert.deepEqual(newNotices(after, after), []);
});

test("a withdrawal is an event when it begins and when it ends", () => {
  const stored = application("stored", ["accepted", "stored"]);
  const withdrawing = { ...stored, status: "withdrawing" };
  const withdrawn = application("withdrawn", ["accepted", "stored", "withdrawn"]);
  assert.deepEqual(newNotices(stored, withdrawing), ["Withdrawal accepted: Your application."]);
  assert.deepEqual(newNotices(withdrawing, withdrawn), ["Withdrawn: Your application."]);
});

test("stages are shown in the employer's words, before a withdrawal", () => {
  const stored = application("stored", ["accepted", "stored"]);
  const stage = { event: "moved", at: AT, words: "toString" };
  const again = { ...stage, at: "2026-11-28T12:00:01Z" };
  const moved = { ...stored, status: "moved", timeline: [...stored.timeline, stage] };
  const withdrawing = { ...moved, status: "withdrawing" };
  assert.equal(statusText(moved), "toString");
  assert.equal(statusText(withdrawing), "Being withdrawn");
  assert.deepEqual(newNotices(stored, moved), ["toString: Your application."]);
  assert.equal(newNotices(moved, { ...moved, timeline: [...moved.timeline, again] }).length, 1);
  const events = (shown) => stepsOf(shown).map((step) => step.event);
  assert.deepEqual(events(moved), ["accepted", "stored", "mailed", "moved"]);
  assert.deepEqual(events(withdrawing), ["accepted", "stored", "moved", "withdrawn"]);
});

test("steps to come have no time, and the first of them is next", () => {
  assert.deepEqual(stepsOf(accepted(null)), [
    { event: "accepted", at: AT, isNext: false },
    { event: "stored", at: undefined, isNext: true },
    { event: "mailed", at: undefined, isNext: false },
  ]);
});

test("a withdrawn application has only the steps it reached", () => {
  const events = stepsOf(application("withdrawing", ["accepted", "stored"]));
  assert.deepEqual(
    events.map((step) => [step.event, step.isNext]),
    [
      ["accepted", false],
      ["stored", false],
      ["withdrawn", true],
    ],
  );
});

test("the outlook has the position in the queue", () => {
  const text = (waiting) => outlookText(accepted(waiting), NOW);
  assert.equal(text({ position: 1, ahead: 0, seconds: 0 }), "No application is ahead of it; about a second.");
  assert.equal(
    text({ position: 3, ahead: 14, seconds: 3 }),
    "About 14 applications are ahead of it, 2 of them yours; about 3 seconds.",
  );
  assert.equal(
    text({ position: 2, ahead: 1, seconds: null }),
    "About 1 application is ahead of it, all yours.",
  );
  assert.match(text({ position: 1, ahead: 2, seconds: 150 }), /about 3 minutes\.$/);
});

test("the outlook admits a delay after a minute", () => {
  const late = NOW + 61_000;
  assert.match(outlookText(accepted(null), late), /longer than usual/);
  assert.match(outlookText(application("stored", ["accepted", "stored"]), late), /longer than usual/);
  assert.doesNotMatch(outlookText(accepted(null), NOW), /longer than usual/);
  assert.equal(outlookText(application("mailed", ["accepted", "stored", "mailed"]), late), "");
});
