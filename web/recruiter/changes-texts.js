// The texts of what candidates changed in their applications.

export const changesTexts = {
  title: "Changes by the candidate",
  about: "You read the newest version. Notes and ratings stay.",
  change: (number, parts) => `Version ${number}: ${parts}`,
  parts: { cover_letter: "cover letter", links: "links", answers: "answers", files: "files" },
  amended: "Amended",
  events: {
    amended: "Changed by the candidate",
    not_amended: "A change by the candidate came too late",
  },
  letter: "Cover letter",
  links: "Links",
  answers: "Answers",
  files: "Files",
  answerFile: (question, name) => `${name} (${question})`,
  hiddenFiles: "Files were added. Interviewers get no files.",
  added: "Added:",
  removed: "Removed:",
  same: "The text is the same.",
  answersChanged: "Answers were changed. Compare them in the two versions.",
};
