// The texts of the front page and of every page. Other texts are in the *-texts.js of their area: a
// translation translates these files.

import { pluralize } from "./core/format.js";
import { isolate } from "./core/text-model.js";

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
    promise: "We never lose an accepted application.",
    api: "API description",
  },

  notices: { close: "Close this message" },

  states: {
    loading: "Loading",
    offline: "You are offline. What you type is kept. We continue when you are back online.",
    noResponse: "Hirelane did not answer.",
    unavailable: "Our service is temporarily unavailable. Accepted applications are safe.",
    tooManyRequests: (seconds) =>
      seconds
        ? `Too many attempts. Try again in ${pluralize(seconds, { one: "# second", other: "# seconds" })}.`
        : "Too many attempts. Try again in a few minutes.",
    sessionExpiredTitle: "You are no longer logged in",
    sessionExpired: "Your session has expired. What you typed is kept. Log in again to continue.",
    failedTitle: "Something went wrong",
    unexpected: "An unexpected error occurred. Reload the page. If it happens again, contact us.",
    notFoundTitle: "Page not found",
    notFound: "The address may be wrong, or the page was removed.",
    toPostings: "See open postings",
    logIn: "Log in",
    unreachableTitle: "We cannot load this right now",
    retryIn: "We try again in",
    seconds: "s.",
    tryNow: "Try now",
  },

  // Fields of a search that the API rejected.
  fields: {
    q: "Search with at most 200 characters.",
    location: "Choose a location from the list.",
    employer: "Choose an employer from the list.",
  },

  // Problem slugs (docs/api.md) on pages that have no text of their own for them.
  problems: {
    forbidden: "Your account is not allowed to do this.",
    "session-not-found": "This session has already ended.",
  },

  candidate: {
    title: "Postings",
    searchTitle: (words) => `“${isolate(words)}” in postings`,
    headline: "Apply, and see it arrive",
    introduction:
      "Anyone can search and apply. With an account you follow each application until we confirm it by e-mail.",
    stepsTitle: "Steps of an application",
    steps: [
      ["Accepted", "From now on it cannot be lost."],
      ["Stored", "In the order in which you sent them."],
      ["Confirmed", "Once, by e-mail."],
    ],
    search: {
      label: "Search postings",
      placeholder: "Job, employer or place",
      action: "Search",
    },
    filters: {
      title: "Filters",
      set: (count) => pluralize(count, { one: "# filter is set", other: "# filters are set" }),
      workplace: "Workplace",
      employment: "Employment",
      location: "Location",
      anywhere: "Anywhere",
      employer: "Employer",
      anyEmployer: "Any employer",
      done: "Show results",
    },
    workplace: { "on-site": "On site", hybrid: "Hybrid", remote: "Remote" },
    employment: {
      "full-time": "Full time",
      "part-time": "Part time",
      temporary: "Temporary",
      internship: "Internship",
    },
    open: "Open postings",
    postings: { one: "# posting, newest first", other: "# postings, newest first" },
    manyPostings: (count) => `More than ${count} postings, newest first`,
    shownOf: (count, total) => `${count} of ${total}`,
    more: "Load more",
    noneTitle: "No posting matches",
    none: "Try fewer or shorter words, or another location.",
    clear: "Clear search and filters",
    rejectedTitle: "We cannot search for this",
    noneAtAllTitle: "No open postings right now",
    noneAtAll: "New postings appear here as soon as they are published.",
    noSalary: "Salary not given",
    each: (period) => `${period === "hour" ? "an" : "a"} ${period}`,
    closes: (when) => `Closes ${when}`,
    applied: "You applied",
  },
};
