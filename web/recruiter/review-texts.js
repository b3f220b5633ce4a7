// The texts of reviewing applicants by keyboard, and of decisions and their outcomes.

import { isolate } from "../core/text-model.js";

export const reviewTexts = {
  decisions: "Your decisions",
  decision: {
    move: (name, stage) => `${isolate(name)}: move to ${isolate(stage)}`,
    rejection: (name) => `${isolate(name)}: reject`,
    hire: (name) => `${isolate(name)}: mark as hired`,
    "hire-proposal": (name) => `${isolate(name)}: propose to hire`,
    reinstatement: (name, stage) => `${isolate(name)}: reinstate in ${isolate(stage)}`,
  },
  states: {
    sending: "Sending",
    sent: "Sent",
    done: "Done",
    not_done: "Not done",
    failed: "Not confirmed",
    unsent: "Not sent",
  },
  announced: (text, state) => `${text}. ${state}.`,
  undo: "Undo",
  undoOf: (text) => `Undo “${text}”`,
  show: "Show",
  showOf: (text) => `Show “${text}”`,
  resend: "Send again",
  resendOf: (text) => `Send “${text}” again`,
  dismiss: "I have read this",
  dismissOf: (text) => `I have read this: “${text}”`,

  previous: "Previous",
  next: "Next",
  others: "Other applicants",
  isFirst: "This is the first applicant of the list.",
  isLast: "This is the last applicant of the list.",
  nothingToUndo: "There is nothing to undo.",
  noNextStage: "There is no later open stage. Mark the applicant as hired, or choose a stage.",
  isDecided: "This application is decided already. Reinstate it first.",
  isWithdrawn: "The candidate has withdrawn this application.",

  keys: {
    advance: "Advance to the next open stage, and show the next applicant",
    reject: "Reject: see the e-mail, then confirm with Enter",
    note: "Write a note (Escape leaves it)",
    undo: "Undo your last decision",
    next: "Next applicant",
    previous: "Previous applicant",
  },

  reject: {
    title: (name) => `Reject ${isolate(name)}?`,
    open: "Reject…",
    email: "The e-mail",
    emailHint: "Until it is sent, undo also cancels the e-mail.",
    loading: "Loading",
    noPreview: "The e-mail cannot be shown now. You can still reject the applicant.",
    cancel: "Cancel",
  },
};
