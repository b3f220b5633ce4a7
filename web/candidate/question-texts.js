// The texts of the questions of postings.

import { formatNumber, pluralize } from "../core/format.js";

export const questionTexts = {
  changed: "New or changed",
  noAnswer: "No answer",
  choose: "Choose one",
  atMost: (count) => `At most ${formatNumber(count)} characters.`,
  from: (least) => `At least ${least}.`,
  to: (greatest) => `At most ${greatest}.`,
  fromTo: (least, greatest) => `From ${least} to ${greatest}.`,
  choices: (least, most) => {
    if (least && most) return least === most ? `Choose ${least}.` : `Choose ${least} to ${most}.`;
    return least ? `Choose at least ${least}.` : `Choose at most ${most}.`;
  },
  errors: {
    missing: () => "Answer this question.",
    tooLong: (count) =>
      pluralize(count, {
        one: "This is # character too long. Nothing is cut off. Shorten it before you send it.",
        other: "This is # characters too long. Nothing is cut off. Shorten it before you send it.",
      }),
    notANumber: () => "Write a number, for example 12 or 12.5.",
    tooSmall: (least) => `Write a number of at least ${least}.`,
    tooGreat: (greatest) => `Write a number of at most ${greatest}.`,
    tooFew: (least) => `Choose at least ${least}.`,
    tooMany: (most) => `Choose at most ${most}.`,
  },
  badDate: "Choose a complete date.",
};
