// Pure functions for the questions of a posting, as the API has them.

import { randomId } from "../core/browser-features.js";

// The API's limits.
export const MAX_QUESTIONS = 50;
export const MAX_CHOICES = 50;

const FIELDS = {
  text: ["max_length"],
  long_text: ["max_length"],
  choice: ["choices"],
  choices: ["choices", "min_choices", "max_choices"],
  number: ["min", "max", "knock_out_below", "knock_out_above"],
  date: [],
  file: ["file_types"],
};

const newId = () => randomId().slice(0, 8);

export const newQuestion = () => ({ id: newId(), kind: "text" });

export const newChoice = () => ({ id: newId(), label: "" });

/** Return a question with the fields of its kind, without those that are blank or as by default. */
export function tidyQuestion(question) {
  const names = ["id", "kind", "label", "hint", "required", ...FIELDS[question.kind]];
  const isSet = (value) => value !== null && value !== undefined && value !== "" && value !== false;
  const chosen = names.filter((name) => isSet(question[name]) && question[name].length !== 0);
  return Object.fromEntries(chosen.map((name) => [name, question[name]]));
}

/** Return whether two lists of questions are equal to the API. */
export const sameQuestions = (one, other) =>
  JSON.stringify(one.map(tidyQuestion)) === JSON.stringify(other.map(tidyQuestion));

/** Return the questions that candidates can answer, without what they do not see. */
export const previewOf = (questions) =>
  questions
    .filter(({ label, kind, choices = [] }) => label && (!kind.startsWith("choice") || choices.length))
    .map(tidyQuestion);
