// Texts of what was sent before and can be sent again.

import { pluralize } from "../core/format.js";
import { isolate } from "../core/text-model.js";

export const lastSentTexts = {
  title: "What you sent before",
  useFile: (name, day) => `Use ${isolate(name)} of ${day}`,
  useLinks: (count, day) =>
    `Use ${pluralize(count, { one: "the link", other: "the # links" })} of ${day ?? "your profile"}`,
  fileUsed: (name, day) => `${isolate(name)} is the file that you sent on ${day}. Is it still the right one?`,
  linksUsed: (day) =>
    `The links are those ${day ? `that you sent on ${day}` : "of your profile"}. Are they still right?`,
  confirm: "Yes",
  confirmFile: (name) => `Yes, ${isolate(name)} is right`,
  confirmLinks: "Yes, the links are right",
  attached: (name) => `${isolate(name)} is attached.`,
  filled: "The links are filled in.",
  confirmed: "Confirmed.",
  wait: "Wait until the file is attached.",
  full: "You have attached 5 files. Remove one first.",
  missing: "This file is no longer there. Choose it again.",
  limit: "You have uploaded many files. Try again in an hour.",
  unavailable: "We cannot attach the file right now. Try again, or choose it again.",
};
