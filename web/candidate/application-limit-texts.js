// How many applications of one candidate an employer accepts, in words.

import { isolate } from "../core/text-model.js";

const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const inTime = (days) => (days === 1 ? "within a day" : `in ${days} days`);

export const applicationLimitText = (employer, { count, days }) =>
  `${isolate(employer)} accepts ${counted(count, "application")} of one candidate ${inTime(days)}, for all of its postings together. An application that you withdraw counts too.`;
