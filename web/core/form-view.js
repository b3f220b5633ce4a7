// Forms: each field has a label and its own error, which screen readers announce. A failed submit
// never clears a field.

import { NoResponse, Problem } from "./api-client.js";
import { isOnline } from "./browser-features.js";
import { fill, h, newId } from "./dom.js";
import { formTexts } from "./form-texts.js";
import { errorText } from "./states-view.js";

/**
 * Create a labelled input, a textarea when `rows` is given, or a list of values when `options` is
 * (`[value, text]` each). Other properties (type, autocomplete, maxlength, ...) become attributes of the input.
 */
export function field({ name, label, hint = "", rows = 0, options = null, optional = false, ...input }) {
  const id = newId(name);
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const attributes = {
    id,
    name,
    rows: rows || null,
    type: rows || options ? null : "text",
    dir: input.type || options ? null : "auto",
    required: !optional,
    "aria-describedby": hint ? `${hintId} ${errorId}` : errorId,
    ...input,
  };
  const choices = options?.map(([value, text]) =>
    h("option", { value, selected: value === input.value }, text),
  );
  const control = h(choices ? "select" : rows ? "textarea" : "input", attributes, choices);
  const reveal = input.type === "password" ? revealButton(control) : null;
  const error = h("p", { id: errorId, class: "field-error", hidden: true });
  const element = h(
    "div",
    { class: "field" },
    h("label", { for: id }, label, optional && h("span", { class: "optional" }, ` ${formTexts.optional}`)),
    hint && h("p", { id: hintId, class: "hint" }, hint),
    reveal ? h("div", { class: "with-reveal" }, control, reveal) : control,
    error,
  );
  return {
    element,
    input: control,
    name,
    get value() {
      return control.value;
    },
    showError(text) {
      error.hidden = !text;
      error.textContent = text;
      if (text) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    },
    // Browsers store a revealed password as ordinary form text, so it is hidden before a submit.
    hidePassword() {
      if (reveal && control.type === "text") reveal.click();
    },
  };
}

/**
 * Create a form with one submit button. Inputs that are no fields may be among `fields`.
 *
 * `onSubmit(values)` may throw. A Problem is shown beside the field that it names, or above the
 * button. `problemTexts` overrides the text of a problem slug: a text, `{ field, text }`, or a
 * function that returns one of them for the error; `fieldTexts` those of fields that the API rejected.
 * `onError(error)` returns true when it has handled the error. `secondary` is placed beside the button.
 *
 * @param {object} options
 * @param {any[]} options.fields
 * @param {string} options.submitLabel
 * @param {(values: any) => any} options.onSubmit
 * @param {Record<string, any>} [options.problemTexts]
 * @param {Record<string, string>} [options.fieldTexts]
 * @param {((error: any) => any) | null} [options.onError]
 * @param {Node | null} [options.secondary]
 */
export function form({
  fields,
  submitLabel,
  onSubmit,
  problemTexts = {},
  fieldTexts = formTexts.fields,
  onError = null,
  secondary = null,
}) {
  const controls = fields.filter((one) => one.input);
  const alert = h("div", { class: "form-error", role: "alert" });
  const submit = h("button", { type: "submit", class: "button" }, submitLabel);
  const element = h(
    "form",
    { novalidate: true },
    fields.map((one) => one.element ?? one),
    alert,
    h("div", { class: "form-actions" }, submit, secondary),
  );
  let isBusy = false;
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isBusy || !validate(controls)) return;
    isBusy = true;
    submit.setAttribute("aria-busy", "true");
    fill(alert);
    const enabled = controls.filter((one) => !one.input.disabled);
    for (const one of enabled) one.hidePassword?.();
    try {
      await onSubmit(Object.fromEntries(enabled.map((one) => [one.name, one.value])));
    } catch (error) {
      if (!(await onError?.(error))) showError(error, { controls, problemTexts, fieldTexts, alert });
    } finally {
      isBusy = false;
      submit.removeAttribute("aria-busy");
    }
  });
  return element;
}

function validate(controls) {
  for (const one of controls) one.showError(validationText(one.input));
  const invalid = controls.find((one) => one.input.hasAttribute("aria-invalid"));
  invalid?.input.focus();
  return !invalid;
}

function validationText(input) {
  const { validity } = input;
  if (validity.valid) return "";
  if (validity.valueMissing) return formTexts.missing;
  if (validity.typeMismatch && input.type === "email") return formTexts.invalidEmail;
  if (validity.tooShort) return formTexts.tooShort(input.minLength);
  if (validity.customError) return input.validationMessage;
  return formTexts.invalid;
}

function showError(error, { controls, problemTexts, fieldTexts, alert }) {
  const invalidField = error instanceof Problem ? error.errors[0]?.field?.split(/[.[]/)[0] : null;
  const given = problemTexts[error.slug];
  const own = typeof given === "function" ? given(error) : given;
  const name = own?.field ?? invalidField;
  const general = formTexts.problems[error.slug] ?? errorText(error);
  const text = own?.text ?? own ?? fieldTexts[invalidField] ?? resendText(error) ?? general;
  const control = controls.find((one) => one.name === name);
  if (control) {
    control.showError(text);
    control.input.focus();
  } else {
    fill(alert, h("p", {}, text));
  }
}

// A form is not sent again automatically, so these texts ask the person to do it.
function resendText(error) {
  if (error.status >= 500) return formTexts.unavailable;
  if (!(error instanceof NoResponse)) return undefined;
  return isOnline() ? formTexts.noResponse : formTexts.offline;
}

function revealButton(control) {
  const reveal = h("button", { type: "button", class: "reveal" });
  const show = (isShown) => {
    control.type = isShown ? "text" : "password";
    reveal.textContent = isShown ? formTexts.hide : formTexts.show;
    reveal.setAttribute("aria-label", isShown ? formTexts.hidePassword : formTexts.showPassword);
  };
  reveal.addEventListener("click", () => show(control.type === "password"));
  show(false);
  return reveal;
}
