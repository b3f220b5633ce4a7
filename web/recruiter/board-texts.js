// The texts of the board.

import { formatNumber } from "../core/format.js";
import { isolate } from "../core/text-model.js";

export const boardTexts = {
  of: (title) => `Board: ${isolate(title)}`,
  open: "Board",
  openOf: (title) => `Board of ${isolate(title)}`,
  list: "List",
  hint: "Drag an applicant to another stage, or use the button Move.",
  column: (name, count) => `${isolate(name)} (${formatNumber(count)})`,
  stage: "Stage to show",
  none: "Nobody",
  more: "Show more",
  move: "Move",
  moveOf: (name) => `Move ${isolate(name)}`,
  moveTitle: (name) => `Move ${isolate(name)} to`,
  reinstate: "Reinstate in the former stage",
  cancel: "Cancel",
  notThere: "This application is decided. Reinstate it in its former stage first.",
  keys: {
    down: "Next applicant of the stage",
    up: "Previous applicant of the stage",
    left: "Stage before",
    right: "Stage after",
    move: "Move the applicant",
    open: "Open the applicant",
  },
};
