// Why the text of a file cannot be read, for candidates and for members of employers. A test compares the reasons with
// those of the files worker.

import { isolate } from "../core/text-model.js";

const because = {
  encrypted: "it is protected by a password",
  "active-content": "it contains scripts or other active content",
  macros: "it contains macros",
  "too-complex": "it takes too much time or memory to read",
  "too-large": "it is too large",
  "no-text": "it contains no text. Its pages may be pictures",
  "not-readable": "it is damaged, or not what its name says",
  missing: "it was deleted",
};

/** Return why the text of a file cannot be read, as the end of a sentence. */
export const unreadReason = (reason) => because[reason] ?? because["not-readable"];

export const unreadFilesTexts = {
  title: "Files without text",
  reason: (name, reason) =>
    `We could not read the text of ${isolate(name)} because ${unreadReason(reason)}. The employer gets the file all the same.`,
};
