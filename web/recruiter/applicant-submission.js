// Sends a decision about an applicant, with its description in the list of decisions.

import { decide } from "./decision-submission.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { reviewTexts } from "./review-texts.js";

const t = reviewTexts.decision;

/**
 * Send a decision. See `decide` for the options.
 *
 * @param {object} options
 * @param {string} options.employerId
 * @param {any} options.applicant in the stage that the member sees
 * @param {any[]} options.stages those of the posting
 * @param {string} options.command
 * @param {string} options.to
 * @param {any} [options.body]
 * @param {string} options.hash
 */
export function sendDecision({ employerId, applicant, stages, command, to, body = {}, hash }) {
  const name = applicant.name || recruiterTexts.applicants.deleted;
  const nameOf = (id) => stages.find((one) => one.id === id)?.name ?? id;
  const back = command === "move" ? t.move : t.reinstatement;
  return decide({
    employerId,
    applicant,
    command,
    body: command === "move" ? { ...body, stage: to } : body,
    to,
    hash,
    text: t[command](name, nameOf(to)),
    undoText: back(name, nameOf(applicant.stage)),
  });
}
