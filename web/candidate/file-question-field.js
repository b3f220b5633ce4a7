// The field for a question that asks for a file.

import { h, newId } from "../core/dom.js";
import { formTexts } from "../core/form-texts.js";
import { FILE_TYPES } from "./file-model.js";
import { filesField } from "./files-field.js";
import { filesTexts as t } from "./files-texts.js";

/**
 * Create the field of a question.
 *
 * @param {any} question
 * @param {object} options
 * @param {string} options.sent the name of the file that was sent before, or ""
 * @param {boolean} options.canUpload false for people without an account
 * @param {() => void} options.onChange
 * @param {AbortSignal} options.signal
 */
export function fileQuestionField(question, { sent, canUpload, onChange, signal }) {
  const types = question.file_types?.length ? question.file_types : FILE_TYPES;
  const name = `file_answers.${question.id}`;
  const about = [question.hint, t.answerHint(types), sent && t.sent(sent)].filter(Boolean).join(" ");
  if (!canUpload) return { id: question.id, name, ...noUpload(question, about) };
  const files = filesField({
    value: [],
    onChange,
    signal,
    name,
    title: question.label,
    hint: about,
    most: 1,
    types,
    required: Boolean(question.required) && !sent,
    optional: !question.required,
  });
  return {
    id: question.id,
    name,
    element: files.element,
    input: files.input,
    getValue: () => files.value[0] ?? "",
    setValue(value) {
      files.value = value ? [value] : [];
    },
    showError: files.showError,
    freeze: files.freeze,
    /** The API refused the file: its token has expired. */
    refuse: files.refuse,
  };
}

function noUpload(question, about) {
  const hintId = newId("hint");
  const error = h("p", { class: "field-error", hidden: true });
  const optional = !question.required && h("span", { class: "optional" }, ` ${formTexts.optional}`);
  return {
    element: h(
      "fieldset",
      { class: "field", "aria-describedby": hintId },
      h("legend", {}, question.label, optional),
      h("p", { id: hintId, class: "hint" }, `${about} ${t.needsAccount}`),
      error,
    ),
    getValue: () => "",
    setValue() {},
    freeze() {},
    showError(text) {
      error.hidden = !text;
      error.textContent = text;
    },
  };
}
