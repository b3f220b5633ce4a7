import assert from "node:assert/strict";
import { test } from "node:test";
import {
  commandBetween,
  formerStage,
  lastUndoable,
  nextOpenStage,
  predictedStage,
  shownDecisions,
  undoOf,
} from "../../../web/recruiter/decision-model.js";

const STAGES = [
  { id: "new", kind: "open" },
  { id: "talk", kind: "open" },
  { id: "hired", kind: "hired" },
  { id: "rejected", kind: "rejected" },
  { id: "late", kind: "open" },
];
const move = { applicationId: "a", command: "move", from: "new", to: "talk", state: "sent" };
const rejection = { applicationId: "b", command: "rejection", from: "talk", to: "rejected", state: "done" };

test("an application advances to the next open stage, and not from the last one", () => {
  const next = ["new", "talk", "late"].map((id) => nextOpenStage(STAGES, id)?.id);
  assert.deepEqual(next, ["talk", "late", undefined]);
});

test("each pair of stages has one command, and a decided application is only reinstated", () => {
  const command = (from, to) => commandBetween(STAGES, from, to);
  assert.equal(command("new", "talk"), "move");
  assert.equal(command("talk", "new"), "move");
  assert.equal(command("new", "rejected"), "rejection");
  assert.equal(command("new", "hired"), "hire");
  assert.equal(command("rejected", "new"), "reinstatement");
  for (const [from, to] of [
    ["new", "new"],
    ["rejected", "hired"],
    ["hired", "rejected"],
  ]) {
    assert.equal(command(from, to), null);
  }
});

test("an undo expects the stage that the decision led to", () => {
  assert.deepEqual(undoOf(move), {
    command: "move",
    body: { expected_stage: "talk", stage: "new" },
    from: "talk",
    to: "new",
  });
  for (const command of ["rejection", "hire"]) {
    const undo = undoOf({ ...rejection, command });
    assert.equal(undo.command, "reinstatement");
    assert.deepEqual(undo.body, { expected_stage: "rejected" });
    assert.equal(undo.to, "talk");
  }
});

test("only a decision that may have had an effect can be undone, and once", () => {
  const undo = { ...move, isUndo: true };
  const reinstated = { ...rejection, command: "reinstatement" };
  const proposed = { ...move, command: "hire-proposal" };
  const list = [rejection, move, undo, reinstated, proposed];
  assert.equal(lastUndoable(list), move);
  assert.equal(lastUndoable([rejection, { ...move, state: "not_done" }]), rejection);
  assert.equal(lastUndoable([{ ...rejection, isUndone: true }, undo, reinstated]), undefined);
});

test("a reinstatement returns to the stage of the last decision, or to the first one", () => {
  const events = [
    { kind: "hired", from: "new", to: "hired" },
    { kind: "reinstated", from: "hired", to: "new" },
    { kind: "rejected", from: "talk", to: "rejected" },
  ];
  assert.equal(formerStage(STAGES, events), "talk");
  assert.equal(formerStage(STAGES, [{ kind: "rejected", from: "gone", to: "rejected" }]), "new");
});

test("an applicant is shown in the stage to which the newest decision on its way leads", () => {
  const back = { ...move, from: "talk", to: "new", state: "sending" };
  const applicant = { id: "a", stage: "new" };
  assert.equal(predictedStage([move], applicant), "talk");
  assert.equal(predictedStage([move, back], { id: "a", stage: "talk" }), "new");
  assert.equal(predictedStage([{ ...move, state: "done" }], applicant), "new");
  assert.equal(predictedStage([{ ...move, applicationId: "b" }], applicant), "new");
});

test("failures stay listed behind the newest decision", () => {
  const [early, late] = [
    { ...move, state: "not_done" },
    { ...move, state: "unsent" },
  ];
  assert.deepEqual(shownDecisions([early, rejection, late, rejection, move]), [move, late, early]);
  assert.deepEqual(shownDecisions([]), []);
});
