// The texts of the section that exports an account.

import { formatDateTime, formatDay } from "../core/format.js";

export const exportTexts = {
  title: "Your data",
  hint: "Get everything that we store about you in one file: your applications with receipts, your files, your resume and your account.",
  start: "Start an export",
  started: "We are writing your export. You get an e-mail when it is ready.",
  of: (iso) => `Export of ${formatDateTime(iso)}`,
  pending: "We are writing it. You get an e-mail when it is ready, so you can close this page.",
  failed: "It could not be made, although we tried five times. Nothing is lost. Please start another one.",
  ready: (size, until) => `${size}, until ${formatDay(until)}`,
  download: "Download",
  downloadOf: (iso) => `Download the export of ${formatDateTime(iso)}`,
  downloadFailed: "The download did not start. Please try again in a moment.",
  tooMany:
    "You can start three exports a day. Please download one of those below, or start another one tomorrow.",
};
