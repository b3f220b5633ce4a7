// A field of a form that offers a list of values; the form treats it like `field` of core/form-view.js.

import { h, newId } from "../core/dom.js";

/**
 * Create a labelled list of values.
 *
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.label
 * @param {[string, string][]} options.options values and their texts
 * @param {string} [options.value] the value that is chosen
 * @param {boolean} [options.required]
 */
export function selectField({ name, label, options, value = "", required = true }) {
  const id = newId(name);
  const error = h("p", { id: `${id}-error`, class: "field-error", hidden: true });
  const input = h(
    "select",
    { id, name, required, "aria-describedby": error.id },
    options.map(([one, text]) => h("option", { value: one, selected: one === value }, text)),
  );
  return {
    element: h("div", { class: "field" }, h("label", { for: id }, label), input, error),
    input,
    name,
    get value() {
      return input.value;
    },
    showError(text) {
      error.hidden = !text;
      error.textContent = text;
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
  };
}
