// The texts about all applications that were accepted for a posting.

import { formatNumber, pluralize } from "../core/format.js";

const TERMS = {
  waiting: (count) => `${formatNumber(count)} waiting`,
  pipeline: (count) => `${formatNumber(count)} in the pipeline`,
  withdrawn: (count) => `${formatNumber(count)} withdrawn`,
  repeated: (count) => `${formatNumber(count)} repeated`,
  erased: (count) => `${formatNumber(count)} deleted with the account`,
  dead_lettered: (count) => `${formatNumber(count)} could not be stored yet`,
  discarded: (count) => `${formatNumber(count)} discarded`,
};

/** Return a sentence that accounts for every accepted application. */
export function equationText(equation) {
  const terms = Object.entries(TERMS)
    .filter(([term]) => equation[term])
    .map(([term, text]) => text(equation[term]));
  if (equation.missing) terms.push(`${formatNumber(equation.missing)} missing`);
  if (equation.balanced) terms.push("nothing is missing");
  const sum = `${formatNumber(equation.accepted)} accepted: ${terms.join(", ")}.`;
  if (!equation.unexpected) return sum;
  const unexpected = { one: "# application is", other: "# applications are" };
  return `${sum} ${pluralize(equation.unexpected, unexpected)} stored without having been accepted.`;
}

export const equationTexts = {
  checked: "Checked ",
  alarmed: "Our operators are informed and look for the cause.",
};
