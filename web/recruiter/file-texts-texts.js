// The texts about the texts of an applicant's files.

import { unreadReason } from "../candidate/unread-files-texts.js";
import { pluralize } from "../core/format.js";
import { isolate } from "../core/text-model.js";

export const fileTextsTexts = {
  title: "Text of the files",
  pending: "We are reading this file. Its text appears here in a moment.",
  later: "We have not read this file yet. Open this page again later.",
  refused: (name, reason) =>
    `We cannot show the text of ${isolate(name)} because ${unreadReason(reason)}. You can still download the file.`,
  pages: (count) => pluralize(count, { one: "# page", other: "# pages" }),
  truncated: "This is the beginning of a long file. Download the file to read the rest.",
};
