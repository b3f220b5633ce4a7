// One line that accounts for every accepted application of a posting.

import { relativeTimeElement } from "../candidate/posting-view.js";
import { h } from "../core/dom.js";
import { readEquation } from "./employers-api.js";
import { equationText, equationTexts as t } from "./equation-texts.js";

/** Return the line. It is blank until the equation is read, and if that fails: it is not urgent. */
export function equationLine(view, postingId) {
  const line = h("p", { class: "soft small" });
  readEquation(view.params.employer, postingId, view.signal).then(
    (equation) => {
      if (!equation.checked_at) return;
      line.append(
        `${equationText(equation)} `,
        equation.balanced ? "" : `${t.alarmed} `,
        h("span", {}, t.checked, relativeTimeElement(equation.checked_at), "."),
      );
    },
    () => {},
  );
  return line;
}
