// The texts of bulk operations.

import { formatNumber, pluralize } from "../core/format.js";
import { isolate } from "../core/text-model.js";

const applications = (count) => pluralize(count, { one: "# application", other: "# applications" });

// Why applications are left out or were not changed, by the reason of the API.
const REASONS = {
  withdrawn: "# had withdrawn",
  stage_changed: "# had moved to another stage",
  same_stage: "# were in this stage already",
  already_decided: "# were decided already",
  unknown_stage: "# could not be moved, because the stage was removed",
  too_many_changes: "# had been changed too often",
  application_deleted: "# had been deleted",
  account_deleted: "# had been deleted with the account",
};
/** Return in words how many applications have a reason. */
function countReason(reason, count) {
  const other = REASONS[reason] ?? "# were left out";
  return pluralize(count, { one: other.replace("# were", "# was"), other });
}

export const bulkTexts = {
  bar: "Selected applicants",
  select: (name) => `Select ${isolate(name)}`,
  selected: (count) => `${formatNumber(count)} selected`,
  selectAll: (count) =>
    count === null ? "Select all matching" : `Select all ${formatNumber(count)} matching`,
  allSelected: (count) => (count === null ? "All matching selected" : `${formatNumber(count)} selected`),
  clear: "Clear the selection",
  move: "Move…",
  reject: "Reject…",
  shortcut: "Select or deselect the applicant",
  tooMany: "Select at most 500 one by one, or all that match.",

  dialog: {
    title: { move: "Move applicants", reject: "Reject applicants" },
    stage: "To stage",
    loading: "Counting",
    submit: {
      move: (count) => `Move ${formatNumber(count)}`,
      reject: (count) => `Reject ${formatNumber(count)}`,
    },
    cancel: "Cancel",
    total: {
      move: (count) => `${applications(count)} will be moved.`,
      reject: (count) => `${applications(count)} will be rejected.`,
    },
    none: "None of the selected applications can be changed.",
    excluded: (reasons) => `Left out: ${reasons}.`,
    showExcluded: "Show who is left out",
    email: "One of the e-mails",
    moveEmailHint: "This stage e-mails the candidates at once.",
    emailHint: "You can cancel e-mails until they are sent.",
    changed: "Something changed meanwhile. This is the new preview. Confirm again.",
    failed: "The preview cannot be shown now.",
    retry: "Try again",
  },

  operation: {
    title: { move: "Bulk move", reject: "Bulk rejection" },
    back: "Applicants",
    by: (name) => `Started by ${isolate(name)}`,
    all: "Bulk moves and rejections",
    none: "No bulk moves or rejections yet",
    noneHint: "Select applicants in the list to move or reject many at once.",
    more: "Load more",
    progress: "Progress",
    count: (done, total) => `${formatNumber(done)} of ${formatNumber(total)}`,
    running: "This page updates itself. You can leave it; the work continues.",
    done: {
      move: (count) => `${applications(count)} moved.`,
      reject: (count) => `${applications(count)} rejected.`,
    },
    // A candidate who was not rejected gets no e-mail.
    notTold: (reason, count) => `${countReason(reason, count)}: not told.`,
    notMoved: (reason, count) => `${countReason(reason, count)}: not moved.`,
    failed: (count) => `${applications(count)} could not be changed. An operator will look at it.`,
    waiting: (count) => `${applications(count)} waiting.`,
    cancelEmails: "Cancel the e-mails",
    emailsCancelled: "The e-mails that were not sent are cancelled.",
    cancelled: (cancelled, sent) =>
      sent
        ? `${pluralize(cancelled, { one: "# e-mail is", other: "# e-mails are" })} cancelled. ${pluralize(sent, { one: "# was", other: "# were" })} sent before.`
        : `${pluralize(cancelled, { one: "# e-mail is", other: "# e-mails are" })} cancelled.`,
    results: "Results",
    noResults: "No applications here",
    filters: "Filter the results",
    outcomes: { "": "All", done: "Done", not_done: "Not done", waiting: "Waiting", failed: "Failed" },
    emailStates: { planned: "E-mail planned", sent: "E-mail sent", cancelled: "E-mail cancelled" },
  },

  sentAfter: (delay) =>
    delay ? `Each e-mail is sent ${delay} after the rejection.` : "The e-mails are sent at once.",
  excluded: (excluded) =>
    Object.entries(excluded)
      .map(([reason, count]) => countReason(reason, count))
      .join(", "),
};
