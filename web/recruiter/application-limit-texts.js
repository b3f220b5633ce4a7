// The texts of the limit of applications, in the settings of an employer.

export const applicationLimitTexts = {
  title: "Limit of applications",
  hint: "How many applications of one candidate you accept, for all postings together. Withdrawn applications count; changes of an application do not. Candidates read the limit before they apply.",
  count: "Applications of one candidate",
  countHint: "1 to 50. Leave it empty for no limit.",
  days: "In how many days",
  daysHint: "1 to 365.",
  none: "There is no limit.",
  save: "Save the limit",
  saved: (limit) =>
    limit ? "Saved. Applications count from now on." : "Saved. Candidates can apply for all postings.",
  present: ({ count, days }) => `${count} of one candidate in ${days === 1 ? "a day" : `${days} days`}.`,
  conflict: "Somebody else has changed this. Copy what you typed, then reload the page.",
};
