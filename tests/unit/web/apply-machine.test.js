import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changedEvent, loadedEvent, nextState, TRANSITIONS } from "../../../web/candidate/apply-machine.js";

/** The state after a sequence of events. */
const run = (events, start = "loading") => events.reduce(nextState, start);

describe("transitions", () => {
  test("every target is a state", () => {
    for (const targets of Object.values(TRANSITIONS)) {
      for (const target of Object.values(targets)) assert.ok(target in TRANSITIONS, target);
    }
  });

  test("every state is reachable", () => {
    const reached = new Set(["loading"]);
    for (const state of reached) for (const next of Object.values(TRANSITIONS[state])) reached.add(next);
    assert.deepEqual([...reached].sort(), Object.keys(TRANSITIONS).sort());
  });

  test("a first application", () => {
    assert.equal(run(["none", "submit", "accepted", "accepted"]), "accepted");
  });

  test("a rejected application leaves the form", () => {
    assert.equal(run(["none", "submit", "rejected"]), "draft");
    assert.equal(run(["withdrawn", "submit", "rejected", "submit"]), "submitting");
  });

  test("a repeated application keeps its note until it is withdrawn", () => {
    assert.equal(run(["none", "submit", "repeat", "accepted"]), "repeat");
    assert.equal(run(["none", "submit", "repeat", "withdrawing", "withdrawn"]), "withdrawn");
  });

  test("a withdrawn application is followed by another", () => {
    const withdrawn = ["accepted", "withdrawing", "withdrawn"];
    assert.equal(run(withdrawn), "withdrawn");
    assert.equal(run([...withdrawn, "submit", "accepted"]), "accepted");
  });

  test("a form is loaded again after another tab has sent the draft", () => {
    assert.equal(run(["none", "sentElsewhere", "accepted"]), "accepted");
    assert.equal(run(["withdrawn", "sentElsewhere", "repeat"]), "repeat");
  });

  test("an event that a state does not allow is an error", () => {
    assert.throws(() => nextState("submitting", "sentElsewhere"), /"sentElsewhere".*"submitting"/);
    assert.throws(() => nextState("closed", "submit"));
    assert.throws(() => nextState("draft", "submitted"));
  });
});

describe("events", () => {
  const open = { isClosed: false };
  const closed = { isClosed: true };

  test("a loaded panel", () => {
    assert.equal(loadedEvent(null, open), "none");
    assert.equal(loadedEvent(null, closed), "closed");
    assert.equal(loadedEvent({ status: "withdrawn" }, open), "withdrawn");
    assert.equal(loadedEvent({ status: "withdrawn" }, closed), "closed");
    assert.equal(loadedEvent({ status: "withdrawing" }, closed), "withdrawing");
    for (const status of ["accepted", "stored", "mailed"]) {
      assert.equal(loadedEvent({ status }, closed), "accepted");
      assert.equal(loadedEvent({ status }, { ...open, hasNewDraft: true }), "repeat");
    }
  });

  test("a changed application", () => {
    assert.equal(changedEvent({ status: "stored" }, closed), "accepted");
    assert.equal(changedEvent({ status: "withdrawing" }, open), "withdrawing");
    assert.equal(changedEvent({ status: "withdrawn" }, open), "withdrawn");
    assert.equal(changedEvent({ status: "withdrawn" }, closed), "ended");
  });

  test("each is allowed where it occurs", () => {
    for (const status of ["accepted", "stored", "mailed", "withdrawing", "withdrawn"]) {
      for (const isClosed of [false, true]) {
        nextState("loading", loadedEvent({ status }, { isClosed }));
        for (const state of ["accepted", "repeat", "withdrawing"]) {
          nextState(state, changedEvent({ status }, { isClosed }));
        }
      }
    }
  });
});
