// The field for the links of an application: a list of inputs that grows and shrinks.

import { button, fill, h, newId } from "../core/dom.js";
import { formTexts } from "../core/form-texts.js";
import { applicationTexts } from "./application-texts.js";
import { completeLink, linkError, MAX_LINKS } from "./draft-model.js";

const t = applicationTexts.apply;

/** Create a field with the interface of `field` in core/form-view.js, and `freeze(isFrozen)`. */
export function linksField({ value, onChange }) {
  let rows = [];
  const list = h("ol", { class: "links" });
  const add = button("quiet", t.addLink, () => append("").input.focus());
  const full = h("p", { class: "hint", hidden: true }, t.linksFull(MAX_LINKS));
  const hint = newId("links-hint");
  const element = h(
    "fieldset",
    { class: "field", "aria-describedby": hint },
    h("legend", {}, t.links, h("span", { class: "optional" }, ` ${formTexts.optional}`)),
    h("p", { id: hint, class: "hint" }, t.linksHint(MAX_LINKS)),
    list,
    full,
    h("div", {}, add),
  );

  function append(link) {
    const row = linkRow(link, onChange, remove);
    rows.push(row);
    draw();
    return row;
  }

  function remove(row) {
    const index = rows.indexOf(row);
    rows = rows.filter((other) => other !== row);
    draw();
    (rows[index] ?? rows.at(-1))?.input.focus();
    if (!rows.length) add.focus();
    onChange();
  }

  function draw() {
    for (const [index, row] of rows.entries()) row.setNumber(index + 1);
    fill(
      list,
      rows.map((row) => row.element),
    );
    list.hidden = !rows.length;
    add.hidden = rows.length >= MAX_LINKS;
    full.hidden = !add.hidden;
  }

  for (const link of value) append(link);
  draw();
  return {
    element,
    name: "links",
    // The input that a form validates and focuses.
    get input() {
      return rows.find((row) => !row.input.validity.valid)?.input ?? rows[0]?.input ?? add;
    },
    get value() {
      return rows.map((row) => row.input.value.trim());
    },
    // Existing rows stay, so that a focused input keeps the focus.
    set value(links) {
      const before = rows.length;
      rows = links.map((link, index) => rows[index] ?? linkRow(link, onChange, remove));
      for (const [index, link] of links.entries()) rows[index].value = link;
      if (rows.length !== before) draw();
    },
    showError(text) {
      const invalid = rows.find((row) => !row.input.validity.valid) ?? rows[0];
      for (const row of rows) row.showError(row === invalid ? text : "");
    },
    freeze(isFrozen) {
      for (const row of rows) row.freeze(isFrozen);
      add.disabled = isFrozen;
    },
  };
}

function linkRow(link, onChange, remove) {
  const id = newId("link");
  const errorId = `${id}-error`;
  const input = h("input", {
    id,
    inputmode: "url",
    autocomplete: "url",
    autocapitalize: "none",
    spellcheck: "false",
    placeholder: "https://",
    "aria-describedby": errorId,
    value: link,
  });
  const label = h("label", { for: id });
  const error = h("p", { id: errorId, class: "field-error", hidden: true });
  const removeButton = h("button", { type: "button", class: "plain", onclick: () => remove(row) }, "×");
  const row = {
    input,
    element: h("li", {}, label, h("div", { class: "link-row" }, input, removeButton), error),
    setNumber(number) {
      label.textContent = t.link(number);
      removeButton.setAttribute("aria-label", t.removeLink(number));
    },
    showError(text) {
      error.hidden = !text;
      error.textContent = text;
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
    set value(text) {
      if (input.value.trim() !== text) input.value = text;
      validate();
    },
    freeze(isFrozen) {
      input.readOnly = isFrozen;
      removeButton.disabled = isFrozen;
    },
  };
  const validate = () => {
    const reason = linkError(input.value.trim());
    const text = { tooLong: t.linkTooLong, invalid: t.linkInvalid }[reason];
    input.setCustomValidity(text ?? "");
  };
  input.addEventListener("input", () => {
    validate();
    if (input.validity.valid) row.showError("");
    onChange();
  });
  // The error is not shown here: it would move the button away under the click that leaves the field.
  input.addEventListener("change", () => {
    input.value = completeLink(input.value.trim());
    validate();
    onChange();
  });
  validate();
  return row;
}
