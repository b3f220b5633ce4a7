// The texts of changing an application, and of its revisions.

import { isolate } from "../core/text-model.js";

export const amendTexts = {
  change: "Change application",
  title: "Change your application",
  about:
    "What you send here replaces what you sent before; files are added to those you sent. The employer sees the new version, when you changed it, and what changed. You can do this until the posting closes or the employer decides on your application.",
  notPossible: "You can no longer change it: the posting is closed, or the employer has decided.",
  continued: "You did not send this change yet. It was kept in this browser.",
  conflict:
    "You sent another version of this application since you began this change. What you send now replaces that version.",
  startOver: "Start over from what you sent",
  cancel: "Close without sending",
  submit: "Send the new version",
  accepted: (posting) => `Change accepted: ${isolate(posting)}.`,
  problems: {
    unchanged: "Nothing is different from what you sent. Change something first.",
    "posting-closed":
      "This posting closed before your change arrived. Your application stays as you sent it. What you typed is still here.",
    "amendment-refused":
      "The employer has decided on your application, or it cannot be changed any more. It stays as you sent it. What you typed is still here.",
    "form-changed":
      "The employer has changed the questions. Close this form and open it again. What you typed stays in this browser.",
    "application-not-found": "This application does not exist any more. What you typed is still here.",
  },
  sent: "What you sent",
  version: (number, day) => `Version ${number}, ${day}`,
  newest: "the present version",
  noLetter: "Without a cover letter",
  links: "Links",
};
