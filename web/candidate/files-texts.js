// Texts of the files of an application.

import { formatNumber } from "../core/format.js";

const MEGABYTE = 1024 * 1024;

/** Return a size, such as "1.2 MB". */
export const formatSize = (bytes) =>
  bytes < MEGABYTE
    ? `${formatNumber(Math.max(1, Math.round(bytes / 1024)))} KB`
    : `${formatNumber(Math.round((bytes / MEGABYTE) * 10) / 10)} MB`;

const listed = (types) =>
  new Intl.ListFormat("en-GB", { type: "disjunction" }).format(types.map((one) => one.toUpperCase()));

export const filesTexts = {
  title: "Resume and other files",
  hint: "PDF, DOCX, ODT or TXT, at most 10 MB each. You can attach 5 files.",
  answerHint: (types) => `${listed(types)}, at most 10 MB.`,
  choose: "Choose files",
  chooseOne: "Choose a file",
  drop: "or drop them here",
  dropOne: "or drop it here",
  full: "You have attached 5 files. Remove one to attach another.",
  cancel: (name) => `Cancel the upload of ${name}`,
  remove: (name) => `Remove ${name}`,
  retry: (name) => `Upload ${name} again`,
  cancelShort: "Cancel",
  removeShort: "Remove",
  retryShort: "Try again",
  progress: (name) => `Upload of ${name}`,
  preparing: "Preparing…",
  uploading: (percent) => `Uploading, ${percent}%`,
  checking: "Checking…",
  done: "Attached",
  scanned: "Attached, no virus found",
  wait: "Wait until all files are uploaded, or cancel the uploads.",
  failedBefore: "Some files are not attached. Try again, or remove them.",
  attached: (name) => `${name} is attached.`,
  removed: (name) => `${name} is removed.`,
  notAttached: (name, reason) => `${name} is not attached. ${reason}`,
  missing: "Attach a file.",
  sent: (name) => `You sent ${name}. Another file replaces it as your answer.`,
  needsAccount: "Log in to attach a file.",
  wrongType: (types) => `We take ${listed(types)} files only. Save it in another format.`,
  errors: {
    type: "We take PDF, DOCX, ODT and TXT files only. Save it in one of these formats.",
    empty: "The file is empty. Choose a file with content.",
    tooLarge: "The file has more than 10 MB. Choose a smaller file.",
    unreadable: "The browser cannot read the file. It may have been moved or changed. Choose it again.",
    insecure: "The browser uploads files only over HTTPS.",
    interrupted: "The upload was interrupted. Check your connection and try again.",
    expired: "It was uploaded too long ago. Choose the file again.",
    limit: "You have uploaded many files. Try again in an hour.",
    unavailable: "We cannot take files at the moment. Your text is safe. Try again later.",
  },
  expired: (names) => `We keep files for 23 hours until you apply. Choose again: ${names.join(", ")}`,
  answer: "Answers a question",
  download: (name) => `Download ${name}`,
  downloadShort: "Download",
  downloadFailed: "The file could not be downloaded. Try again.",
};
