// The texts of the pages of guest applications.

import { isolate } from "../core/text-model.js";

export const guestTexts = {
  title: (posting) => `Apply for ${isolate(posting)}`,
  introduction:
    "We e-mail you a link. You send your application with it, without a password. Until then, the employer gets nothing.",
  haveAccount: "You have an account, or want to attach files?",
  needsFile: "This posting asks for a file. Log in or create an account to attach it and apply.",
  back: "Back to the posting",
  nameHint: "The employer reads it.",
  emailHint: "The link goes to this address.",
  submit: "E-mail me the link",
  discard: "Delete what I typed",
  discarded: "What you typed is deleted from this browser.",

  mailedTitle: "Check your e-mail",
  mailed: (email, until) =>
    `If e-mail can reach ${isolate(email)}, we have sent a link. Open it and send your application by ${until}. It has not been sent yet.`,
  closesBefore: (when) => `This posting takes applications until ${when}. The time when you send it counts.`,
  mailedHint:
    "No e-mail after a few minutes? Check your spam folder, and whether the address is right. What you typed stays in this browser until the application is sent.",
  resend: "Send the link again",
  resent: "We have sent another link. Each link works.",
  resendPause: (seconds) => `You can ask for another link in ${seconds} s.`,
  change: "Change what I typed",

  confirmTitle: "Send your application",
  confirm: (employer, until) =>
    `This is what you typed. ${isolate(employer)} gets it when you press the button. The link works until ${until}.`,
  name: "Name",
  email: "E-mail address",
  coverLetter: "Cover letter",
  noCoverLetter: "You wrote no cover letter.",
  links: "Links",
  answers: "Answers",
  otherAccount: (present, email) =>
    `You are logged in as ${isolate(present)}. This application belongs to ${isolate(email)}.`,
  confirmSubmit: "Send application",
  closed: "This posting is closed. Your application was not sent. It is kept here until the link expires.",
  confirmFormChanged:
    "The questions of this posting have changed since. Your application was not sent. Open the posting and answer the new questions.",
  removed: "This posting was removed. Your application was not sent.",
  cannotApply: "The account of this address cannot apply. Apply with another address.",
  expired:
    "It has expired, is incomplete, or was replaced by newer ones. If you had not sent the application, apply again. What you typed may still be in this browser.",
  applyAgain: "Back to the application",

  sentTitle: "Your application is sent",
  sent: (title, employer, when) =>
    `${isolate(title)} at ${isolate(employer)}: accepted ${when}. It cannot be lost.`,
  repeated: "You had already applied for this posting. That application counts.",
  follow: "Follow your application",
  password: (email) =>
    `We made an account for ${isolate(email)}, so that you can follow your application. It has no password yet. Set one to log in later.`,
  logInToFollow: (email) =>
    `It belongs to the account of ${isolate(email)}. Log in to follow it. If that account has no password yet, set one first.`,
  logIn: "Log in",
  signUp: "Create an account",
  setPassword: "Set a password",
  sentElsewhere: "The application was sent from this browser.",
};
