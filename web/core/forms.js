// Forms: a label for each field, its errors beside it and read out, what was typed never lost.

import { NoAnswer, Problem } from "./api.js";
import { fill, h, newId } from "./dom.js";
import { said } from "./states.js";
import { texts } from "../texts.js";

// A labelled input. More attributes of <input> (type, autocomplete, maxlength, ...) go into `input`.
// rows makes it a <textarea>. -> { element, input, name, value, error(text), conceal() }
export function field({ name, label, hint = "", rows = 0, optional = false, ...input }) {
  const id = newId(name);
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const control = h(rows ? "textarea" : "input", {
    id,
    name,
    rows: rows || null,
    type: rows ? null : "text",
    required: !optional,
    "aria-describedby": hint ? `${hintId} ${errorId}` : errorId,
    ...input,
  });
  const reveal = input.type === "password" ? revealing(control) : null;
  const error = h("p", { id: errorId, class: "field-error", hidden: true });
  const element = h(
    "div",
    { class: "field" },
    h("label", { for: id }, label, optional && h("span", { class: "optional" }, ` ${texts.forms.optional}`)),
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
    error(text) {
      error.hidden = !text;
      error.textContent = text;
      if (text) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    },
    // To a browser, a password that is shown is none: it keeps it with what is typed elsewhere.
    conceal() {
      if (reveal && control.type === "text") reveal.click();
    },
  };
}

// A form of fields (or other nodes) with one button. send(values) does it; a Problem that it throws is
// shown beside the field that it names, or above the button. `problems` says what is told of a kind of
// problem here: a text, or { field, text }. `other(error)` may handle an error itself and return true.
export function form({ fields, action, send, problems = {}, other = null, quiet = null }) {
  const controls = fields.filter((one) => one.input);
  const alert = h("div", { class: "form-error", role: "alert" });
  const button = h("button", { type: "submit", class: "button" }, action);
  const element = h(
    "form",
    { novalidate: true },
    fields.map((one) => one.element ?? one),
    alert,
    h("div", { class: "form-actions" }, button, quiet),
  );
  let busy = false;
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy || !isValid(controls)) return;
    busy = true;
    button.setAttribute("aria-busy", "true");
    fill(alert);
    const sent = controls.filter((one) => !one.input.disabled);
    for (const one of sent) one.conceal?.();
    try {
      await send(Object.fromEntries(sent.map((one) => [one.name, one.value])));
    } catch (error) {
      if (!(await other?.(error))) tell(error, controls, problems, alert);
    } finally {
      busy = false;
      button.removeAttribute("aria-busy");
    }
  });
  return element;
}

function isValid(controls) {
  for (const one of controls) one.error(complaint(one.input));
  const wrong = controls.find((one) => one.input.hasAttribute("aria-invalid"));
  wrong?.input.focus();
  return !wrong;
}

function complaint(input) {
  const { validity } = input;
  if (validity.valid) return "";
  if (validity.valueMissing) return texts.forms.missing;
  if (validity.typeMismatch && input.type === "email") return texts.forms.noAddress;
  if (validity.tooShort) return texts.forms.tooShort(input.minLength);
  if (validity.customError) return input.validationMessage;
  if ((validity.patternMismatch || validity.typeMismatch) && input.title) return input.title;
  return texts.forms.wrong;
}

function tell(error, controls, problems, alert) {
  const named = error instanceof Problem ? error.errors[0] : null;
  const own = problems[error.kind];
  const wanted = own?.field ?? named?.field?.split(/[.[]/)[0];
  const text = own?.text ?? own ?? (named && texts.fields[wanted]) ?? toSendAgain(error) ?? said(error);
  const wrong = controls.find((one) => one.name === wanted);
  if (wrong) {
    wrong.error(text);
    wrong.input.focus();
  } else {
    fill(alert, h("p", {}, text));
  }
}

// Unlike what is read, what is sent is not sent again by itself.
function toSendAgain(error) {
  if (error.status >= 500) return texts.forms.down;
  if (!(error instanceof NoAnswer)) return undefined;
  return navigator.onLine ? texts.forms.noAnswer : texts.forms.offline;
}

function revealing(control) {
  const button = h("button", { type: "button", class: "reveal" });
  const show = (isShown) => {
    control.type = isShown ? "text" : "password";
    button.textContent = isShown ? texts.forms.hide : texts.forms.show;
    button.setAttribute("aria-label", isShown ? texts.forms.hidePassword : texts.forms.showPassword);
  };
  button.addEventListener("click", () => show(control.type === "password"));
  show(false);
  return button;
}
