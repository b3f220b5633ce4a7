// What candidates answered: in the review of an application, and as a filter of the list of applicants.

import { downloadButton } from "../candidate/files-view.js";
import { h } from "../core/dom.js";
import { burstsTexts } from "./bursts-texts.js";
import { questionsTexts } from "./questions-texts.js";

const t = questionsTexts.answers;
// The values of the parameter `flag` of the API.
const KNOCK_OUT = "knock-out";
const FLAGS = [KNOCK_OUT, "burst"];

/** The mark of an application or answer with a knock-out. */
export const knockOutTag = () => h("span", { class: "tag tag-soon" }, t.knockOut);

/**
 * The answers of an application, in the order of the questions; null if nothing was asked.
 *
 * @param {any} applicant
 * @param {{pathOf: (file: any) => string, signal: AbortSignal}} options the paths of the files
 */
export function answersView({ answers = [], files = [] }, { pathOf, signal }) {
  if (!answers.length) return null;
  return h(
    "section",
    { class: "stack", "aria-labelledby": "answers" },
    h("h2", { id: "answers" }, t.title),
    h(
      "div",
      { class: "facts card" },
      h(
        "dl",
        {},
        answers.map(({ kind, label, answer, text, knock_out: isKnockOut }) => {
          const file = kind === "file" && files.find((one) => one.id === answer);
          return h(
            "div",
            {},
            h("dt", {}, label),
            h(
              "dd",
              {},
              text
                ? h("span", { class: "letter", dir: "auto" }, text)
                : // Interviewers learn that there is a file, and get none.
                  h("span", { class: "soft" }, answer ? t.hiddenFile : t.noAnswer),
              isKnockOut && [" ", knockOutTag()],
              file && [" ", downloadButton(file, pathOf, signal)],
            ),
          );
        }),
      ),
    ),
  );
}

/**
 * The filter of the list by answers and flags, for the form of the search. `value()` returns the parameters of the list's
 * address. Only questions with choices can be filtered by; without questions only flags.
 */
export function answerFilter(query, questions) {
  const asked = (questions ?? []).filter(({ kind }) => kind === "choice" || kind === "choices");
  const option = (value, text) => h("option", { value, selected: value === present }, text);
  const present = query.get("answer") ?? query.get("flag") ?? "";
  const select = h(
    "select",
    { id: "applicants-answers" },
    option("", t.all),
    questions && option(KNOCK_OUT, t.withKnockOut),
    option("burst", burstsTexts.filter),
    asked.map((one) =>
      h(
        "optgroup",
        { label: one.label },
        one.choices.map((choice) => option(`${one.id}:${choice.id}`, choice.label)),
      ),
    ),
  );
  return {
    elements: [h("label", { for: select.id }, t.filter), select],
    value: () => (FLAGS.includes(select.value) ? { flag: select.value } : { answer: select.value }),
  };
}
