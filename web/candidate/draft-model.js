// Pure functions for the draft of an application: `{ cover_letter, links, files, answers, prefilled, key,
// unanswered }`. `prefilled` is in last-sent-model.js.

import { randomId } from "../core/browser-features.js";

// The API's limits.
export const MAX_COVER_LETTER_LENGTH = 20_000;
export const MAX_LINKS = 5;
export const MAX_LINK_LENGTH = 500;

/** Return a new draft with the saved fields. `unanswered`: a request was sent and got no answer. */
export const draftFrom = (saved) => ({
  cover_letter: saved?.cover_letter ?? "",
  links: saved?.links ?? [],
  files: saved?.files ?? [],
  answers: saved?.answers ?? {},
  prefilled: saved?.prefilled ?? {},
  key: saved?.key ?? randomId(),
  unanswered: saved?.unanswered ?? false,
});

/** Return the fields with which the next request is a new one to the API. */
export const newRequest = () => ({ key: randomId(), unanswered: false });

/** Count characters as the API does: code points. */
export const coverLetterLength = (text) => [...text].length;

/**
 * Return the part of `before` that differs from `after`: `{ start, end, text }`. To replace only that
 * part keeps the caret of a text field in place.
 */
export function changedSpan(before, after) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let tail = 0;
  while (tail < most - start && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return { start, end: before.length - tail, text: after.slice(start, after.length - tail) };
}

/** Add "https://" to an address that was typed as "example.com/cv". */
export const completeLink = (text) => (/^[^\s/:]+\.[^\s/:]+(\/|$)/.test(text) ? `https://${text}` : text);

/** Return "" for a valid link, else "tooLong" or "invalid". */
export function linkError(link) {
  if (!link) return "";
  if (link.length > MAX_LINK_LENGTH) return "tooLong";
  return /^https:\/\/[^\s]+$/.test(link) && URL.canParse(link) ? "" : "invalid";
}
