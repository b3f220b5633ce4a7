// Pure functions for the questions of a posting. A draft has a value for each question, by its id: the text of
// an input, the id of a choice, a list of ids, or a file as the API described it.

// The API's limits for a question that sets none.
const DEFAULT_LENGTH = { text: 500, long_text: 5000 };
const MAX_NUMBER = 1e15;

/** Return the most characters of an answer to a question for a text. */
export const maxLength = (question) => question.max_length ?? DEFAULT_LENGTH[question.kind];

/** Return the number that was typed, as "12", "12.5" or "12,5", or NaN. */
export function parseNumber(text) {
  const match = /^([+-]?\d+)(?:\.(\d+)|,(\d{1,2}))?$/.exec(text.trim());
  const number = match ? Number(`${match[1]}.${match[2] ?? match[3] ?? 0}`) : Number.NaN;
  return Math.abs(number) <= MAX_NUMBER ? number : Number.NaN;
}

const isBlank = (value) => (Array.isArray(value) ? !value.length : !value?.trim());

/**
 * Return why the API would refuse an answer: `[reason, limit]`. The reason is "missing", "tooLong",
 * "notANumber", "tooSmall", "tooGreat", "tooFew", "tooMany", or "" for a valid answer.
 *
 * @param {any} question
 * @param {any} value
 * @returns {[string, number]}
 */
export function answerError(question, value) {
  if (isBlank(value)) return [question.required ? "missing" : "", 0];
  if (question.kind in DEFAULT_LENGTH) {
    const rest = maxLength(question) - [...value.trim()].length;
    return [rest < 0 ? "tooLong" : "", -rest];
  }
  if (question.kind === "number") return numberError(question, parseNumber(value));
  if (question.kind === "choices") {
    if (value.length < (question.min_choices ?? 0)) return ["tooFew", question.min_choices];
    if (value.length > (question.max_choices ?? Infinity)) return ["tooMany", question.max_choices];
  }
  return ["", 0];
}

/** @returns {[string, number]} */
function numberError({ min = -Infinity, max = Infinity }, number) {
  if (Number.isNaN(number)) return ["notANumber", 0];
  if (number < min) return ["tooSmall", min];
  return number > max ? ["tooGreat", max] : ["", 0];
}

/** Return the answers as the API takes them, without those that are blank. */
export const answersOf = (questions, values) =>
  Object.fromEntries(
    questions
      .filter(({ id, kind }) => kind !== "file" && !isBlank(values[id]))
      .map(({ id, kind }) => [id, kind === "number" ? parseNumber(values[id]) : values[id]]),
  );

/** Return the tokens of the files that answer questions, as the API takes them. */
export const fileAnswersOf = (questions, values) =>
  Object.fromEntries(
    questions.filter(({ id, kind }) => kind === "file" && values[id]).map(({ id }) => [id, values[id].token]),
  );

const isSuitingFile = ({ file_types: types }, file) =>
  Boolean(file?.token) && (!types?.length || types.includes(file.type));

/** Return a saved value if it suits the question, which may have changed since, else a blank one. */
export function keptValue(question, saved) {
  const ids = new Set(question.choices?.map((one) => one.id));
  if (question.kind === "choices") return Array.isArray(saved) ? saved.filter((id) => ids.has(id)) : [];
  if (question.kind === "file") return isSuitingFile(question, saved) ? saved : "";
  if (typeof saved !== "string") return "";
  return question.kind === "choice" && !ids.has(saved) ? "" : saved;
}

/** Return the ids of the questions that differ from those before. */
export function changedQuestions(before, after) {
  const known = new Map(before.map((one) => [one.id, JSON.stringify(one)]));
  return new Set(after.filter((one) => known.get(one.id) !== JSON.stringify(one)).map((one) => one.id));
}
