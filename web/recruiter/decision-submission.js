// The decisions of this page load. Each is sent, and then followed until its outcome is known, also when its
// page was left long before. They are forgotten with the session, because they name applicants.

import { randomId } from "../core/browser-features.js";
import { poll } from "../core/change-poller.js";
import { SessionExpired, session } from "../core/session.js";
import { errorText, retrySeconds } from "../core/states-view.js";
import { isPending, lastUndoable, predictedStage, undoOf } from "./decision-model.js";
import { applicationPath, read, send } from "./employers-api.js";

const MAX_ATTEMPTS = 4;

let decisions = [];
let ended = new AbortController();
const listeners = new Set();

session.onChange(({ reason }) => {
  // If the session expired, the same person logs in again.
  if (reason !== "logged-out" && reason !== "switched") return;
  decisions = [];
  ended.abort();
  ended = new AbortController();
  notify(null);
});

addEventListener("beforeunload", (event) => {
  if (decisions.some((one) => one.state === "sending")) event.preventDefault();
});

/** Return all decisions, oldest first. */
export const listDecisions = () => decisions;

/**
 * Call `listener(decision)` after each change of a decision; with null when all are forgotten.
 *
 * @param {(decision: any) => void} listener
 * @param {AbortSignal} [signal]
 */
export function watchDecisions(listener, signal) {
  listeners.add(listener);
  signal?.addEventListener("abort", () => listeners.delete(listener));
}

/** Return an applicant as it is after the decisions that are on their way. */
export const predicted = (applicant) => ({ ...applicant, stage: predictedStage(decisions, applicant) });

/**
 * Send a decision about an applicant. Return at once; its state is reported to the listeners.
 *
 * @param {object} options
 * @param {string} options.employerId
 * @param {any} options.applicant with the stage that the member sees
 * @param {string} options.command "move", "rejection", "reinstatement", "hire" or "hire-proposal"
 * @param {any} [options.body] the body of the command, without the stage that is expected
 * @param {string} options.to the stage after the decision
 * @param {string} options.hash where the applicant is shown
 * @param {string} options.text the description of the decision
 * @param {string} [options.undoText] the description of the decision that takes this one back
 */
export function decide({ employerId, applicant, command, body, to, hash, text, undoText = "" }) {
  const from = applicant.stage;
  return start({
    employerId,
    applicationId: applicant.id,
    command,
    body: { expected_stage: from, ...body },
    from,
    to,
    hash,
    text,
    undoText,
    isUndo: false,
  });
}

/**
 * Take back the newest decision, once it is carried out. Return it, or undefined if there is none.
 */
export function undoLast() {
  const last = lastUndoable(decisions);
  if (!last) return undefined;
  last.isUndone = true;
  const undo = () => start({ ...last, ...undoOf(last), text: last.undoText, isUndo: true });
  if (last.state === "done") undo();
  else {
    const stop = new AbortController();
    watchDecisions((changed) => {
      if (changed && (changed !== last || isPending(last))) return;
      stop.abort();
      if (changed?.state === "done") undo();
    }, stop.signal);
  }
  return last;
}

/** Remove a failed decision that was read. */
export function dismiss(decision) {
  decisions = decisions.filter((one) => one !== decision);
  notify(decision);
}

/** Send a decision again that never reached the API. */
export function resend(decision) {
  submit(decision);
}

function start(values) {
  const decision = { ...values, id: randomId(), state: "sending", detail: "", isUndone: false };
  decisions.push(decision);
  submit(decision);
  return decision;
}

async function submit(decision) {
  const { signal } = ended;
  const path = applicationPath(decision.employerId, decision.applicationId);
  change(decision, "sending");
  try {
    const { id } = await sendWithRetries(`${path}/${decision.command}`, decision, signal);
    if (signal.aborted) return;
    change(decision, "sent");
    await poll({
      signal,
      read: async () => ({ status: 200, body: await read(`${path}/commands/${id}`, signal), etag: null }),
      onChange: (found) => {
        if (found.status !== "waiting") change(decision, found.status, found.detail ?? "");
        return found.status === "waiting";
      },
    });
  } catch (error) {
    if (signal.aborted) return;
    // Once it was accepted, an error says nothing about its outcome.
    change(decision, decision.state === "sent" ? "failed" : "unsent", errorText(error));
  }
}

// A repeated request has the same key, so it is carried out once.
async function sendWithRetries(path, { id, body }, signal) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send("POST", path, body, { "Idempotency-Key": id });
    } catch (error) {
      if (signal.aborted || error instanceof SessionExpired || !error.isTransient) throw error;
      if (attempt === MAX_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, retrySeconds(error, attempt) * 1000));
    }
  }
}

function change(decision, state, detail = "") {
  Object.assign(decision, { state, detail });
  notify(decision);
}

function notify(decision) {
  for (const listener of [...listeners]) listener(decision);
}
