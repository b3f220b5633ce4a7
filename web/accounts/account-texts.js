// The texts of the pages of accounts.

import { isolate } from "../core/text-model.js";

export const accountTexts = {
  name: "Name",
  nameHint: "How we should address you.",
  email: "E-mail address",
  password: "Password",
  newPassword: "New password",
  currentPassword: "Your password",
  passwordHint: "At least 8 characters. A few unrelated words make a good password.",
  wrongPassword: "This password is wrong.",
  code: "Code",
  codeHint: "The six digits from your authenticator app, or one of your recovery codes.",
  wrongCode: "This code is wrong or was already used. Wait for the next one, or use a recovery code.",

  logInTitle: "Log in",
  logIn: "Log in",
  forgotten: "Forgot your password?",
  noAccount: "No account yet?",
  logInAgainTitle: "Log in again",
  logInAgain: "Your session has expired. What you typed is kept.",
  notNow: "Not now",

  signUpTitle: "Sign up",
  signUp: "Sign up",
  signUpHint: "With an account you can apply and follow your applications.",
  signUpAgain: "Sign up again",
  haveAccount: "Already have an account?",

  emailSentTitle: "Check your e-mail",
  emailSentHint:
    "No e-mail after a few minutes? Check your spam folder. If the address is wrong, go back and send it again.",
  backToForm: "Back to the form",
  signUpSent: (email) =>
    `We sent an e-mail to ${email}. Open the link in it to finish signing up. The link is valid for one day.`,
  resetSent: (email) =>
    `If ${email} has an account, we sent a link to set a new password. The link is valid for one hour.`,
  emailChangeSent: (email) =>
    `We sent an e-mail to ${email}. Open the link in it to change your address. The link is valid for one day. Check your spam folder too.`,

  confirmTitle: "Finish signing up",
  confirm:
    "Enter the password that you chose. It proves that you signed up, and not someone else with your address.",
  confirmSubmit: "Finish and log in",
  confirmed: "Welcome to Hirelane. Your account is ready.",
  wrongSignUpPassword: "You chose another password when you signed up.",
  linkExpiredTitle: "This link is no longer valid",
  linkExpired: "It was already used, has expired, or is incomplete.",
  linkExpiredSignUp:
    "It was already used, has expired, or is incomplete. If you have finished signing up, log in.",
  linkExpiredEmail: "It was already used, has expired, is incomplete, or belongs to another account.",

  forgottenTitle: "Forgot your password",
  forgottenHint: "We send you a link to set a new one.",
  sendLink: "Send me the link",
  requestLink: "Request a new link",
  resetTitle: "Set a new password",
  resetHint: "This logs you out everywhere.",
  setPassword: "Set password",
  passwordSet: "Your new password is set. Log in with it.",

  confirmEmailTitle: "Confirm your new address",
  confirmEmail: (email) => `Your account has the address ${email}. Confirm to change it to the new one.`,
  confirmEmailSubmit: "Change e-mail address",
  emailChanged: "Your e-mail address is changed. Use the new one to log in.",
  toAccount: "Go to your account",

  invitationTitle: "Accept an invitation",
  invitation: (email) =>
    `You are logged in as ${isolate(email)}. Accept to join the employer that invited this address.`,
  invitationSubmit: "Accept the invitation",
  invitationAccepted: (name) => `You are now a member of ${isolate(name)}.`,
  invitationInvalid: "This link is incomplete, or the invitation was deleted. Ask for a new invitation.",

  invitationProblems: {
    "invitation-for-another-address":
      "This invitation was sent to another address. Log in with the account of that address, or ask for an invitation to yours.",
    "invitation-expired": "The invitation has expired. Ask the person who invited you for a new one.",
    "invitation-revoked":
      "The invitation was withdrawn or replaced. Ask the person who invited you for a new one.",
    "invitation-used": "The invitation was accepted before. Ask the person who invited you for a new one.",
  },

  accountTitle: "Account",
  role: "Role",
  roles: { candidate: "Candidate", admin: "Admin" },
  since: "Since",
  sessionsTitle: "Where you are logged in",
  thisOne: "This browser",
  lastUsed: "Last used",
  end: "Log out",
  endOf: (name) => `Log out ${isolate(name)}`,
  ended: "That browser is logged out.",
  logOutEverywhere: "Log out everywhere",
  loggedOutEverywhere: "You are logged out everywhere. Open pages notice it within ten minutes.",
  profileTitle: "Profile",
  profile: "Your resume, kept for your next application.",
  toProfile: "Open your profile",
  employersTitle: "For employers",
  toEmployers: "Publish postings and read applications",
  changeTitle: "Change or delete",
  noPasswordTitle: "Set a password",
  noPassword:
    "Your account has no password, because you applied with your e-mail address alone. Set one to log in, to change your address, or to delete the account.",
  setPasswordLink: "E-mail me a link to set a password",
  setPasswordSent: (email) =>
    `We sent a link to ${isolate(email)}. It is valid for one hour. Log in with the new password afterwards.`,
  changePassword: "Change password",
  passwordChanged: "Your password is changed. Other browsers are logged out.",
  changeEmail: "Change e-mail address",
  changeEmailHint: "We send a link to the new address and a notice to the present one.",
  newEmail: "New e-mail address",
  emailProblemTitle: "You get no e-mails from us",
  emailProblems: {
    bounce: {
      cause: (email, day) =>
        `An e-mail to ${isolate(email)} came back on ${day}, because the mailbox does not exist or refuses our e-mails. We send nothing to it now: no confirmations, no answers of employers, and no links.`,
      advice: "It came back again after you asked us to try. Change your e-mail address below.",
    },
    complaint: {
      cause: (email, day) =>
        `An e-mail to ${isolate(email)} was reported as spam on ${day}. We send nothing to it now: no confirmations, no answers of employers, and no links.`,
      advice: "To get e-mails again, change your e-mail address below, or contact us.",
    },
  },
  emailRetryHint: "If the mailbox works, let us try once more. Otherwise change your e-mail address below.",
  emailRetry: "Send e-mails again",
  emailRetried: (email) =>
    `We sent an e-mail to ${isolate(email)}. If it arrives, you will get all our e-mails again.`,
  deleteTitle: "Delete account",
  deleteHint: "This deletes your account and all your applications. It cannot be undone.",
  deleteSubmit: "Delete my account",
  deleted: "Your account is deleted.",

  secondFactorTitle: "Second factor",
  secondFactorOn: "On. You need your password and a code to log in.",
  secondFactorOff: "Off. Your password alone is enough to log in.",
  switchOn: "Switch it on",
  switchOff: "Switch it off",
  switchedOff: "The second factor is off.",
  secondFactorHint:
    "You need an authenticator app, for example on your phone. It shows a new code every 30 seconds.",
  next: "Continue",
  scanTitle: "Set up your authenticator app",
  scan: "Scan this with the app:",
  qr: "QR code with the secret for your authenticator app",
  openApp: "Open the app on this device",
  orType: "Or enter this secret in the app:",
  firstCode: "Code shown in the app",
  wrongFirstCode: "This code is wrong. Enter the next one that the app shows.",
  alreadyOnTitle: "The second factor is already on",
  alreadyOn: "If you did not save its recovery codes, switch it off here and on again to get new ones.",
  recoveryTitle: "The second factor is on: save these codes",
  recovery:
    "If you lose your phone, log in with one of these codes. Each works once. They are shown only now.",
  copy: "Copy the codes",
  copied: "The codes are copied.",
  notCopied: "Your browser does not allow copying. Select the codes and copy them yourself.",
  save: "Save as a file",
  codesSaved: "I have saved them",
  switchOffHint: "Without it, your password alone is enough to log in. Other browsers are logged out.",
};
