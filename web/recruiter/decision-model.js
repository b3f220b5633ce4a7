// Pure functions for decisions: their effect, the commands that take them back, and the ones to show.
//
// A decision has `applicationId`, `command`, `body`, the stages `from` and `to` (ids), `isUndo`, `isUndone`, and a
// `state`: `sending` (not yet accepted), `sent` (accepted, not yet carried out), `done`, `not_done`, `failed`, or
// `unsent` (it never reached the API).

const PENDING = ["sending", "sent"];
// What takes back another decision, or changes nothing.
const NOT_UNDOABLE = ["reinstatement", "hire-proposal"];
const FAILURES = ["not_done", "failed", "unsent"];

export const isPending = ({ state }) => PENDING.includes(state);
export const isFailure = ({ state }) => FAILURES.includes(state);

const isOpen = (stage) => stage.kind === "open";

/** Return the next open stage after a stage of a posting, or null. */
export function nextOpenStage(stages, stageId) {
  const at = stages.findIndex((one) => one.id === stageId);
  return stages.slice(at + 1).find(isOpen) ?? null;
}

/** Return the first stage of a kind: "open", "hired" or "rejected". */
export const stageOfKind = (stages, kind) => stages.find((one) => one.kind === kind);

/**
 * Return the command that takes an application from one stage to another, or null if none does. One that was
 * decided can only be reinstated, which returns it to its former stage.
 */
export function commandBetween(stages, fromId, toId) {
  const kindOf = (id) => stages.find((one) => one.id === id)?.kind ?? "open";
  const to = kindOf(toId);
  if (fromId === toId) return null;
  if (kindOf(fromId) !== "open") return to === "open" ? "reinstatement" : null;
  return { open: "move", hired: "hire", rejected: "rejection" }[to];
}

/** Return the stage to which a reinstatement returns: the one before the last decision, or the first one. */
export function formerStage(stages, events) {
  const decided = events.findLast((one) => one.kind === "rejected" || one.kind === "hired");
  const former = stages.find((one) => one.id === decided?.from && isOpen(one));
  return (former ?? stageOfKind(stages, "open")).id;
}

/** Return the stage of an applicant after the decisions that are on their way. */
export function predictedStage(decisions, applicant) {
  const pending = decisions.findLast((one) => one.applicationId === applicant.id && isPending(one));
  return pending?.to ?? applicant.stage;
}

/** Return the newest decision that can be taken back, or undefined. */
export const lastUndoable = (decisions) =>
  decisions.findLast(
    (one) => !NOT_UNDOABLE.includes(one.command) && !one.isUndo && !one.isUndone && !isFailure(one),
  );

/** Return the command that takes back a decision: `{ command, body, from, to }`. */
export function undoOf({ command, from, to }) {
  const back = { from: to, to: from };
  return command === "move"
    ? { command: "move", body: { expected_stage: to, stage: from }, ...back }
    : { command: "reinstatement", body: { expected_stage: to }, ...back };
}

/** Return the decisions to show, newest first: the newest one, and those that failed, until they are read. */
export const shownDecisions = (decisions) =>
  decisions.filter((one, index) => index === decisions.length - 1 || isFailure(one)).toReversed();
