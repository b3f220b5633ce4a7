// The state machine of the apply panel: states, events and transitions, without any view.
//
// loading       the newest application for the posting is being read
// loggedOut     nobody is logged in; the panel offers to log in
// notCandidate  the account has another role
// closed        the posting is closed and the candidate has no active application
// draft         the form; the candidate has not applied
// withdrawn     the form; an earlier application was withdrawn
// submitting    the form is frozen while the application is sent
// accepted      the status of an active application
// repeat        the same, with a note: what was typed was not sent and is kept as a draft
// withdrawing   the status of an application that is being withdrawn
// ended         the status of a withdrawn application for a posting that is closed
// failed        an error that a repetition does not fix is shown in place of the page

const LOADED = {
  loggedOut: "loggedOut",
  notCandidate: "notCandidate",
  closed: "closed",
  none: "draft",
  accepted: "accepted",
  repeat: "repeat",
  withdrawing: "withdrawing",
  withdrawn: "withdrawn",
  error: "failed",
};
const WRITING = { submit: "submitting", sentElsewhere: "loading" };
const WITHDRAWAL = { withdrawing: "withdrawing", withdrawn: "withdrawn", ended: "ended" };

/** The next state by state and event. */
export const TRANSITIONS = {
  loading: LOADED,
  loggedOut: {},
  notCandidate: {},
  closed: {},
  draft: WRITING,
  withdrawn: WRITING,
  submitting: { accepted: "accepted", repeat: "repeat", withdrawing: "withdrawing", rejected: "draft" },
  accepted: { accepted: "accepted", ...WITHDRAWAL },
  repeat: { accepted: "repeat", ...WITHDRAWAL },
  withdrawing: { accepted: "accepted", ...WITHDRAWAL },
  ended: {},
  failed: {},
};

/** Return the next state. Throw an error for an event that the state does not allow. */
export function nextState(state, event) {
  const next = TRANSITIONS[state]?.[event];
  if (!next) throw new Error(`the apply panel got "${event}" in the state "${state}"`);
  return next;
}

/**
 * Return the event for the newest application of the candidate, which may be null.
 *
 * @param {{status: string} | null} application
 * @param {{isClosed: boolean, hasNewDraft?: boolean}} options `hasNewDraft`: text was typed while
 *   another tab sent the application
 */
export function loadedEvent(application, { isClosed, hasNewDraft = false }) {
  if (application && application.status !== "withdrawn") {
    if (hasNewDraft) return "repeat";
    return application.status === "withdrawing" ? "withdrawing" : "accepted";
  }
  if (isClosed) return "closed";
  return application ? "withdrawn" : "none";
}

/**
 * Return the event for a changed application whose status is shown.
 *
 * @param {{status: string}} application
 * @param {{isClosed: boolean}} options
 */
export function changedEvent({ status }, { isClosed }) {
  if (status === "withdrawing") return "withdrawing";
  if (status !== "withdrawn") return "accepted";
  return isClosed ? "ended" : "withdrawn";
}
