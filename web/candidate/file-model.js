// Pure functions for files that are attached to an application.

// The API's limits.
export const MAX_FILES = 5;
export const MAX_BYTES = 10 * 1024 * 1024;
export const FILE_TYPES = ["pdf", "docx", "odt", "txt"];

/** Return the type of a file by the end of its name, or "". The API checks the content. */
export function typeOf(name) {
  const end = name.split(".").at(-1).toLowerCase();
  return name.includes(".") && FILE_TYPES.includes(end) ? end : "";
}

/** Return why a file cannot be uploaded: "type", "empty", "tooLarge", or "". */
export function fileError({ name, size }, types = FILE_TYPES) {
  if (!types.includes(typeOf(name))) return "type";
  if (!size) return "empty";
  return size > MAX_BYTES ? "tooLarge" : "";
}

/** Return a name as the API takes it: its last 200 characters at most, and whole characters. */
export const shortName = (name) => [...name].slice(-200).join("").toWellFormed?.() ?? name.slice(-200);

/** Split the files of a draft into those whose tokens are valid at a time in ms, and the others. */
export function splitExpired(files, now) {
  // A form takes a while to fill in.
  const isValid = (file) => Date.parse(file.expires_at) - now > 10 * 60_000;
  return { valid: files.filter(isValid), expired: files.filter((file) => !isValid(file)) };
}

/** Return the files of an application without those that a later one for the same question replaces. */
export const presentFiles = (files) =>
  files.filter(
    ({ question_id: question }, index) =>
      !question || !files.slice(index + 1).some((later) => later.question_id === question),
  );
