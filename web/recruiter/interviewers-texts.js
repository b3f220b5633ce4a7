// The texts of interviewers, and of the applications that are assigned to a member.

import { isolate } from "../core/text-model.js";

export const interviewersTexts = {
  title: "Interviewers",
  none: "Nobody yet.",
  you: "you",
  sent: "Scorecard sent",
  missing: "Scorecard missing",
  add: "Member",
  addHint: "They get an e-mail with a link to this page. Interviewers see no contact details.",
  choose: "Choose",
  assign: "Assign",
  assigned: (name) => `${isolate(name)} is assigned.`,
  remove: "Remove",
  removeOf: (name) => `Remove ${isolate(name)} from the interviewers`,
  removed: (name) => `${isolate(name)} is no longer assigned.`,
  noMember: "This person is not a member of the employer any more.",
  noAccess: "Add the hiring manager to the team of the posting first.",
  tooMany: "An application has at most 20 interviewers. Remove one first.",
  back: "Your applicants",

  events: {
    assigned: (name) => `Assigned to ${isolate(name)}`,
    unassigned: (name) => `No longer assigned to ${isolate(name)}`,
  },

  own: {
    title: "Assigned to you",
    none: "No applicants are assigned to you yet. You get an e-mail when somebody assigns one.",
    missing: "Your scorecard is missing",
    withdrawn: "Withdrawn",
    more: "Load more",
  },
};
