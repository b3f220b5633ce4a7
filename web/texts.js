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
  fields: {
    cover_letter: "Use at most 20,000 characters.",
    links: "Use at most 5 links, each a whole address that starts with https://.",
  },

  // What is said of a kind of problem, wherever it comes up (docs/api.md lists them).
  problems: {},

  // The pages of accounts.
  accounts: {},

  // The pages of candidates.
  candidate: {
    title: "Postings",
    searchTitle: (words) => `“${words}” in postings`,
    headline: "Apply, and see it arrive",
    introduction:
      "Anyone can search. With an account you apply with a letter and links, and watch your application until its confirmation is in your mail.",
    wayTitle: "The way of an application",
    way: [
      ["Accepted", "Safe from then on, whatever breaks."],
      ["Stored", "In the order in which you sent yours."],
      ["Confirmed", "By mail, once."],
    ],
    search: {
      label: "Search postings",
      placeholder: "Job, employer or place",
      action: "Search",
    },
    filters: {
      title: "Filters",
      set: (number) => plural(number, { one: "# filter is set", other: "# filters are set" }),
      chosen: "Filters that are set",
      without: (text) => `Remove the filter ${text}`,
      workplace: "Workplace",
      employment: "Employment",
      location: "Location",
      anywhere: "Anywhere",
      employer: "Employer",
      anyEmployer: "Any employer",
      done: "Show what is found",
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
    manyPostings: (number) => `More than ${number} postings, newest first`,
    shownOf: (number, all) => `${number} of ${all}`,
    more: "Load more",
    noneTitle: "No posting matches",
    none: "Try fewer or shorter words, or another place.",
    clear: "Clear search and filters",
    noneAtAllTitle: "Nothing is open right now",
    noneAtAll: "New postings appear here as soon as they are published.",
    noSalary: "Salary not given",
    aYear: "a year",
    closes: (when) => `Closes ${when}`,
    applied: "You applied",

    posting: {
      title: (title, employer) => `${title} at ${employer}`,
      back: "All postings",
      about: "About this posting",
      facts: "At a glance",
      salary: "Salary",
      location: "Location",
      workplace: "Workplace",
      employment: "Employment",
      published: "Published",
      closes: "Closes",
      closed: "Closed",
      noClosing: "Open until it is filled",
      toForm: "Apply",
    },

    apply: {
      title: "Apply",
      closedTitle: "This posting is closed",
      closed: "It took applications until",
      written: "What you had written",
      otherPostings: "See open postings",
      visitor: "You need an account to apply. You come back here afterwards.",
      logIn: "Log in to apply",
      signUp: "Sign up to apply",
      others: "Applying is for candidates. You are logged in with an account of another kind.",
      letter: "Cover letter",
      letterHint: "Plain text. What you type stays in this browser until you send it.",
      count: (number, most) => `${numberOf(number)} of ${numberOf(most)} characters`,
      left: (number) => plural(number, { one: "# character is left", other: "# characters are left" }),
      tooLong: (number) =>
        plural(number, {
          one: "This is # character too long. Nothing is cut off; shorten it before you send it.",
          other: "This is # characters too long. Nothing is cut off; shorten it before you send it.",
        }),
      links: "Links",
      linksHint: (most) => `To a CV, a portfolio, your work: up to ${most}, each starting with https://`,
      link: (number) => `Link ${number}`,
      addLink: "Add a link",
      linksFull: (most) => `That is all: ${most} links.`,
      removeLink: (number) => `Remove link ${number}`,
      linkWrong: "Write a whole address, like https://example.com/cv.pdf.",
      linkTooLong: "This address is too long: 500 characters at most.",
      send: "Send application",
      kept: "Draft kept in this browser",
      notKept: "This browser keeps no drafts. Do not close this page before you have sent it.",
      withdrawnBefore: "You withdrew your application on",
      again: "You can apply again.",
      unanswered:
        "Your last attempt was not answered, and it has not arrived. Send it again; it cannot arrive twice.",
      closedMeanwhile: "This posting closed before your application arrived. What you wrote is still here.",
      gone: "This posting is not there any more. What you wrote is still here.",
      arrivedBefore:
        "An earlier version of this application had arrived already. That one counts; what you changed since is kept as a draft.",
    },

    persisting: {
      lost: "The connection was lost before the answer came. We try again by ourselves; it cannot arrive twice.",
      offline: "You are offline. We send it as soon as you are back; it cannot arrive twice.",
      down: "Something of ours is down. We try again by ourselves; it cannot arrive twice.",
      again: (seconds) => `Next try in ${plural(seconds, { one: "# second", other: "# seconds" })}.`,
      now: "Try now",
      stop: "Stop trying",
      stopped: "We stopped trying. It is not certain whether it arrived: send it again to find out.",
    },

    status: {
      title: "Your application",
      timeline: "Timeline",
      names: {
        accepted: "Accepted",
        stored: "Stored",
        mailed: "Confirmed by mail",
        withdrawing: "Being withdrawn",
        withdrawn: "Withdrawn",
      },
      about: {
        accepted: "It is safe and cannot get lost.",
        stored: "It is with the employer’s applications.",
        mailed: "The confirmation went to your mailbox.",
        withdrawn: "It no longer counts.",
      },
      told: {
        accepted: (posting) => `Accepted: ${posting}.`,
        stored: (posting) => `Stored: ${posting}.`,
        mailed: (posting) => `Confirmation mailed: ${posting}.`,
        withdrawing: (posting) => `Withdrawal accepted: ${posting}.`,
        withdrawn: (posting) => `Withdrawn: ${posting}.`,
      },
      toldMany: { one: "# of your applications moved on.", other: "# of your applications moved on." },
      underWay: "Under way",
      notYet: "Not yet",
      applications: { one: "About # application is", other: "About # applications are" },
      before: (applications, own) =>
        own === null
          ? `${applications} before it, all of yours`
          : `${applications} before it, ${own} of yours`,
      next: "Nothing is before it",
      takes: (span) => `about ${span}`,
      lessThanASecond: "a second",
      seconds: { one: "# second", other: "# seconds" },
      minutes: { one: "# minute", other: "# minutes" },
      storedSoon: "It is being stored.",
      mailSoon: "Its confirmation is being mailed.",
      withdrawingSoon: "Its withdrawal is on its way, behind what you sent before.",
      late: "This takes longer than usual. It is kept safe until it is stored.",
      mailLate: "The confirmation takes longer than usual. Your application is stored all the same.",
      noNews: "We cannot ask how far it is right now, and keep trying.",
      sessionOver: "You are no longer logged in, so this does not change any more.",
      logIn: "Log in",
      details: "See this application",
      toPosting: "See the posting",
      applyAgain: "Apply again",
      postingGone: "A posting that is gone",
    },

    application: {
      back: "My applications",
      progress: "How far it is",
      details: "Details",
      sent: "Sent",
      reference: "Reference",
      receipt: "Receipt",
      receiptAbout: "Signed by us: it proves to anyone that this application was accepted then.",
      check: "Check the receipt",
      copy: "Copy the receipt",
      genuine: (moment) => `It is genuine: accepted ${moment}.`,
      notGenuine: "This is not a receipt of ours.",
      copied: "The receipt is copied.",
      notCopied: "Your browser does not allow copying; select the text instead.",
      withdraw: "Withdraw application",
      withdrawTitle: "Withdraw this application?",
      withdrawAbout: (posting) =>
        `${posting}: what you sent no longer counts. You may apply again afterwards, with a new application.`,
      withdrawYes: "Withdraw it",
      withdrawNo: "Keep it",
    },

    applications: {
      title: "My applications",
      none: "You have not applied yet",
      noneAbout: "When you apply for a posting, you follow it here.",
      toPostings: "See the postings",
      others: "Applications are for candidates. You are logged in with an account of another kind.",
      count: { one: "# application", other: "# applications" },
      countMore: (number) => `The newest ${number} applications`,
      more: "Load more",
    },
  },
};
