// The texts about retention, legal holds and erasures.

import { isolate } from "../core/text-model.js";

const count = (number) => (number === 1 ? "1 application" : `${number} applications`);

export const retentionTexts = {
  title: "Retention and legal holds",
  toPage: "Retention and legal holds",
  settingsHint: "How long you keep applications, and which ones you must keep.",
  will: (number, day) => `${count(number)} will be erased by ${day}.`,
  see: "See which ones",

  rule: "Retention",
  ruleHint:
    "Applications are erased some time after you rejected them, after they were withdrawn, or after their posting closed without a decision. Hired people are kept. We announce it here, and to all owners by e-mail, 14 days before.",
  ruleLabel: "Erase applications",
  never: "Never",
  after: (days) =>
    days % 365 ? `After ${days} days` : days === 365 ? "After a year" : `After ${days / 365} years`,
  present: (text) => `Erase applications: ${text}.`,
  save: "Save",
  saved: "Saved.",
  conflict: "Somebody else has changed it. Load the page again.",

  announced: "Will be erased",
  none: "Nothing will be erased in the next two weeks.",
  between: (from, until) => `From ${from} to ${until}`,
  ofPosting: (number, title) => `${isolate(title)}: ${count(number)}`,

  holds: "Legal holds",
  holdsHint:
    "What is held is never erased, also not at the candidate’s request. Hold only what you need for a legal claim. A hold ends after a year.",
  noHolds: "Nothing is held.",
  ofAll: (title) => `All applications: ${isolate(title)}`,
  ofOne: (title) => `One application: ${isolate(title)}`,
  until: (day) => `Until ${day}`,
  release: "Release",
  releaseLabel: (title) => `Release: ${title}`,
  released: "Released. It can be erased again.",
  holdPosting: "Hold all applications for a posting",
  posting: "Posting",
  reason: "Reason",
  reasonHint: "Candidates do not see it.",
  hold: "Hold",
  held: "It is held for a year.",

  protection: "Data protection",
  isHeld: (reason, day) => `Held until ${day}: ${isolate(reason)}`,
  isHeldByPosting: (reason, day) =>
    `All applications for this posting are held until ${day}: ${isolate(reason)}`,
  eraseHint: "If the candidate asked you for it.",
  erase: "Erase application",
  eraseTitle: "Erase this application?",
  eraseAbout: (name) =>
    `${isolate(name)}: what the candidate sent, and your notes, scorecards and e-mails about it, are deleted. The candidate gets an e-mail. This cannot be undone.`,
  eraseYes: "Erase it",
  eraseNo: "Keep it",
  erasing: "The application is being erased.",
  events: { held: "Held for a legal claim", hold_released: "Hold released" },
};
