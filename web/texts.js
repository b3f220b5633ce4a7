// Every text a person reads, in one place: to translate the client, translate this file.

import { numberOf, plural } from "./core/format.js";

export const texts = {
  shell: {
    skip: "Skip to the content",
    navigation: "Main",
    postings: "Postings",
    applications: "My applications",
    account: "Account",
    logIn: "Log in",
    signUp: "Sign up",
    logOut: "Log out",
    loggedOut: "You are logged out.",
    promise: "What we accepted, we do not lose.",
    api: "For programs: the API",
  },

  notices: { close: "Close this message" },

  states: {
    loading: "Loading",
    offline: "You are offline. What you type is kept; we go on when you are back.",
    noAnswer: "Hirelane does not answer.",
    down: "Something of ours is down. Nothing that was accepted is lost.",
    tooMany: (seconds) =>
      seconds
        ? `That was too often in a short time. Try again in ${plural(seconds, { one: "# second", other: "# seconds" })}.`
        : "That was too often in a short time. Try again a little later.",
    sessionOverTitle: "You are no longer logged in",
    sessionOver: "Your session has ended. Log in again to go on; what you typed is kept.",
    defectTitle: "This did not work",
    defect: "Something unforeseen happened. Load the page again; if it stays so, tell us.",
    missingTitle: "There is nothing here",
    missing: "The address may be mistyped, or what was here is gone.",
    toPostings: "See the postings",
    logIn: "Log in",
    troubleTitle: "We cannot reach it right now",
    againIn: "We try again in",
    seconds: "s.",
    tryNow: "Try now",
  },

  forms: {
    optional: "(optional)",
    missing: "Fill this in.",
    noAddress: "Write an address like ada@example.com.",
    tooShort: (least) => `Use at least ${numberOf(least)} characters.`,
    wrong: "This is not right.",
    show: "Show",
    hide: "Hide",
  },

  // What is said of a field that the API does not take.
  fields: {},

  // What is said of a kind of problem, wherever it comes up (docs/api.md lists them).
  problems: {},

  // The pages of accounts.
  accounts: {},

  // The pages of candidates.
  candidate: {},
};
