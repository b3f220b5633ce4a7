// The fields for the questions of a posting. Only postings with questions load this module.

import { h, newId } from "../core/dom.js";
import { formTexts } from "../core/form-texts.js";
import { field } from "../core/form-view.js";
import { wellFormed } from "../core/text-model.js";
import { fileQuestionField } from "./file-question-field.js";
import { answerError, answersOf, fileAnswersOf, keptValue, maxLength } from "./question-model.js";
import { questionTexts } from "./question-texts.js";

const t = questionTexts;
// A longer list of choices is folded.
const MAX_RADIOS = 7;

/**
 * Create the fields.
 *
 * @param {object} options
 * @param {any[]} options.questions
 * @param {Record<string, any>} options.values saved values by question id
 * @param {Set<string>} [options.changed] the ids of the questions to mark as changed
 * @param {Record<string, string>} [options.sent] the names of the files that were sent before, by question id
 * @param {boolean} [options.canUpload] whether there is an account to which files can belong
 * @param {() => void} [options.onChange]
 * @param {AbortSignal} options.signal
 */
export function questionFields({
  questions,
  values,
  changed = new Set(),
  sent = {},
  canUpload = true,
  onChange = () => {},
  signal,
}) {
  const fields = questions.map((question) => {
    const isFile = question.kind === "file";
    const created = isFile
      ? fileQuestionField(question, { sent: sent[question.id] ?? "", canUpload, onChange, signal })
      : questionField(question, onChange);
    if (changed.has(question.id)) {
      const label = created.element.querySelector("legend, label");
      label.append(" ", h("span", { class: "tag tag-brand" }, t.changed));
    }
    created.setValue(keptValue(question, values[question.id]));
    return created;
  });
  const valuesOf = () => Object.fromEntries(fields.map((one) => [one.id, one.getValue()]));
  return {
    /** The fields, for `form` in core/form-view.js. */
    fields,
    values: valuesOf,
    /** The answers and the tokens of files as the API takes them. */
    answers() {
      const values = valuesOf();
      const files = fileAnswersOf(questions, values);
      const answers = answersOf(questions, values);
      return Object.keys(files).length ? { answers, file_answers: files } : { answers };
    },
    setValues(saved) {
      for (const [index, one] of fields.entries()) {
        const value = keptValue(questions[index], saved[one.id]);
        // A caret stays in place where nothing changed.
        if (JSON.stringify(value) !== JSON.stringify(one.getValue())) one.setValue(value);
      }
    },
    freeze(isFrozen) {
      for (const one of fields) one.freeze(isFrozen);
    },
    /** Show errors of the API at their fields. Return whether there was a field for one of them. */
    showErrors(errors) {
      const found = errors.map((error) => [fields.find(({ name }) => name === error.field), error.detail]);
      const known = found.filter(([one]) => one);
      for (const [one, text] of known) {
        one.refuse?.();
        one.showError(`${text}.`);
      }
      fields.find((one) => known.some(([other]) => one === other))?.input?.focus();
      return known.length > 0;
    },
  };
}

function questionField(question, onChange) {
  const { kind } = question;
  const isGroup = kind === "choices" || (kind === "choice" && question.choices.length <= MAX_RADIOS);
  const created = isGroup ? groupField(question) : inputField(question);
  const validate = () => {
    const [reason, limit] = answerError(question, created.getValue());
    const isBad = created.input.validity.badInput;
    created.input.setCustomValidity(isBad ? t.badDate : reason ? t.errors[reason](limit) : "");
  };
  created.element.addEventListener("input", () => {
    validate();
    if (created.input.validity.valid) created.showError("");
    onChange();
  });
  validate();
  return {
    ...created,
    id: question.id,
    name: `answers.${question.id}`,
    setValue(value) {
      created.setValue(value);
      validate();
    },
  };
}

function hintOf(question) {
  const { kind, min, max } = question;
  const rules = [question.hint];
  if (question.max_length) rules.push(t.atMost(maxLength(question)));
  if (kind === "choices" && (question.min_choices || question.max_choices))
    rules.push(t.choices(question.min_choices, question.max_choices));
  const [hasMin, hasMax] = [min, max].map((one) => typeof one === "number");
  if (hasMin || hasMax) rules.push(hasMin && hasMax ? t.fromTo(min, max) : hasMin ? t.from(min) : t.to(max));
  return rules.filter(Boolean).join(" ");
}

function inputField(question) {
  const { id, kind, label } = question;
  const more = {
    long_text: { rows: 6 },
    number: { inputmode: "decimal" },
    // Without a maximum, browsers take years of six digits.
    date: { type: "date", max: "9999-12-31" },
    choice: { options: [["", t.choose], ...(question.choices ?? []).map((one) => [one.id, one.label])] },
  }[kind];
  // The browser's own check of required fields has a text that does not say which answer is missing.
  const created = field({
    name: `answers.${id}`,
    label,
    hint: hintOf(question),
    optional: !question.required,
    required: false,
    "aria-required": question.required ? "true" : null,
    ...more,
  });
  const { input } = created;
  return {
    element: created.element,
    input,
    showError: created.showError,
    getValue: () => (kind === "choice" || kind === "date" ? input.value : wellFormed(input.value)),
    setValue(value) {
      input.value = value;
    },
    freeze(isFrozen) {
      if (kind === "choice") input.disabled = isFrozen;
      else input.readOnly = isFrozen;
    },
  };
}

// Radio buttons or check boxes in a group.
function groupField(question) {
  const isSingle = question.kind === "choice";
  const [name, hintId, errorId] = ["answer", "hint", "error"].map(newId);
  const hint = hintOf(question);
  const choices = [...question.choices];
  // A radio button cannot be taken back.
  if (isSingle && !question.required) choices.push({ id: "", label: t.noAnswer });
  const inputs = choices.map((one) =>
    h("input", { type: isSingle ? "radio" : "checkbox", name, value: one.id, "aria-describedby": errorId }),
  );
  const error = h("p", { id: errorId, class: "field-error", hidden: true });
  const optional = !question.required && h("span", { class: "optional" }, ` ${formTexts.optional}`);
  const element = h(
    "fieldset",
    { class: "field", "aria-describedby": hint ? hintId : null },
    h("legend", {}, question.label, optional),
    hint && h("p", { id: hintId, class: "hint" }, hint),
    choices.map((one, index) => h("label", { class: "check" }, inputs[index], h("span", {}, one.label))),
    error,
  );
  return {
    element,
    input: inputs[0],
    getValue() {
      const chosen = inputs.filter((one) => one.checked).map((one) => one.value);
      return isSingle ? (chosen[0] ?? "") : chosen;
    },
    setValue(value) {
      for (const one of inputs) one.checked = isSingle ? one.value === value : value.includes(one.value);
    },
    freeze(isFrozen) {
      for (const one of inputs) one.disabled = isFrozen;
    },
    showError(text) {
      error.hidden = !text;
      error.textContent = text;
      for (const one of inputs) {
        if (text) one.setAttribute("aria-invalid", "true");
        else one.removeAttribute("aria-invalid");
      }
    },
  };
}
