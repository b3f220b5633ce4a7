// The form of the questions of a posting: add, change, move and remove them.

import { FILE_TYPES } from "../candidate/file-model.js";
import { button, fill, h, newId } from "../core/dom.js";
import { field } from "../core/form-view.js";
import { wellFormed } from "../core/text-model.js";
import { MAX_CHOICES, MAX_QUESTIONS, newChoice, newQuestion, tidyQuestion } from "./questions-model.js";
import { questionsTexts } from "./questions-texts.js";

const t = questionsTexts;

/**
 * Create the form. Each change of it is an "input" event of `element`.
 * Return `{ element, questions(), setQuestions(questions), showErrors(errors) }`.
 */
export function questionsForm(questions) {
  let items = [];
  let removed = null;
  const list = h("ol", { class: "list questions" });
  const announcer = h("p", { class: "unseen", role: "status" });
  const add = button("quiet", t.add, () => {
    items.push(questionItem(newQuestion(), actions));
    draw();
    changed();
    items.at(-1).focus();
  });
  const undo = h("button", { type: "button", class: "plain", hidden: true, onclick: bringBack });
  const element = h("div", { class: "stack" }, list, h("div", { class: "actions" }, add, undo), announcer);
  const actions = { move, remove };

  const changed = () => element.dispatchEvent(new Event("input"));

  function draw() {
    fill(
      list,
      items.map((one) => one.element),
    );
    for (const [index, one] of items.entries()) one.setNumber(index + 1, items.length);
    list.hidden = !items.length;
    add.hidden = items.length >= MAX_QUESTIONS;
    undo.hidden = !removed;
  }

  function move(item, step) {
    const index = items.indexOf(item);
    items.splice(index, 1);
    items.splice(index + step, 0, item);
    draw();
    item.focusMove(step);
    announcer.textContent = t.moved(index + step + 1, items.length);
    changed();
  }

  function remove(item) {
    removed = { item, index: items.indexOf(item) };
    items = items.filter((one) => one !== item);
    undo.textContent = t.bringBack(item.read().label);
    draw();
    undo.focus();
    changed();
  }

  function bringBack() {
    const { item, index } = removed;
    removed = null;
    items.splice(index, 0, item);
    draw();
    item.focus();
    changed();
  }

  function setQuestions(chosen) {
    items = chosen.map((one) => questionItem(one, actions));
    removed = null;
    draw();
  }

  setQuestions(questions);
  return {
    element,
    questions: () => items.map((one) => one.read()),
    setQuestions,
    /** Show errors of the API at their fields. Return whether all of them have one. */
    showErrors(errors) {
      for (const one of items) one.clearErrors();
      const shown = errors.map(({ field: path, detail }) => {
        const [, index, name] = /^questions\[(\d+)\]\.(\w+)/.exec(path) ?? [];
        return Boolean(items[index]?.showError(name, `${detail}.`));
      });
      element.querySelector("[aria-invalid]")?.focus();
      return shown.every(Boolean);
    },
  };
}

function questionItem(question, { move, remove }) {
  const legend = h("legend", {});
  const label = field({
    name: "label",
    label: t.label,
    maxlength: 300,
    value: question.label,
    required: false,
  });
  const kind = field({
    name: "kind",
    label: t.kind,
    options: Object.entries(t.kinds),
    value: question.kind,
    required: false,
  });
  const hint = field({
    name: "hint",
    label: t.hintLabel,
    maxlength: 1000,
    value: question.hint,
    optional: true,
  });
  const required = h("input", { type: "checkbox", checked: question.required });
  const place = h("div", { class: "stack" });
  const up = h("button", { type: "button", class: "plain", onclick: () => move(item, -1) }, t.upShort);
  const down = h("button", { type: "button", class: "plain", onclick: () => move(item, 1) }, t.downShort);
  const removal = h("button", { type: "button", class: "plain", onclick: () => remove(item) }, t.removeShort);
  let present = question;
  let details = detailsOf(present);
  fill(place, details.element);

  const read = () =>
    tidyQuestion({
      ...present,
      label: wellFormed(label.value),
      kind: kind.value,
      hint: wellFormed(hint.value),
      required: required.checked,
      ...details.read(),
    });

  kind.input.addEventListener("change", () => {
    // What was typed for another kind stays, in case the kind is chosen again.
    present = { ...present, ...details.read(), kind: kind.value };
    details = detailsOf(present);
    fill(place, details.element);
  });

  const item = {
    element: h(
      "li",
      {},
      h(
        "fieldset",
        { class: "field-group stack" },
        legend,
        label.element,
        h("div", { class: "field-row" }, kind.element, hint.element),
        place,
        h("label", { class: "check" }, required, h("span", {}, t.required)),
        h("div", { class: "actions" }, up, down, removal),
      ),
    ),
    read,
    focus: () => label.input.focus(),
    focusMove(step) {
      const pressed = step < 0 ? up : down;
      (pressed.disabled ? (step < 0 ? down : up) : pressed).focus();
    },
    setNumber(number, count) {
      legend.textContent = t.number(number);
      up.setAttribute("aria-label", t.up(number));
      down.setAttribute("aria-label", t.down(number));
      removal.setAttribute("aria-label", t.remove(number));
      up.disabled = number === 1;
      down.disabled = number === count;
    },
    clearErrors() {
      for (const one of [label, kind, hint, ...details.fields]) one.showError("");
    },
    showError(name, text) {
      const known = [label, kind, hint, ...details.fields].find((one) => one.name === name);
      known?.showError(text);
      return known;
    },
  };
  return item;
}

// The part of a question that depends on its kind.
function detailsOf(question) {
  const number = (name, label, more = {}) =>
    field({ name, label, type: "number", step: "any", value: question[name], optional: true, ...more });
  const whole = (name, label, max) => number(name, label, { step: 1, min: 1, max });
  const row = (fields, ...more) => ({
    fields,
    element: h(
      "div",
      { class: "stack" },
      h(
        "div",
        { class: "field-row" },
        fields.map((one) => one.element),
      ),
      more,
    ),
    read: () => Object.fromEntries(fields.map((one) => [one.name, numberOf(one.input)])),
  });
  switch (question.kind) {
    case "text":
      return row([whole("max_length", t.maxLength, 1000)]);
    case "long_text":
      return row([whole("max_length", t.maxLength, 20_000)]);
    case "number":
      return row(
        [
          number("min", t.min),
          number("max", t.max),
          number("knock_out_below", t.knockOutBelow),
          number("knock_out_above", t.knockOutAbove),
        ],
        h("p", { class: "hint" }, t.knockOutHint),
      );
    case "choice":
      return choicesField(question.choices ?? []);
    case "choices": {
      const choices = choicesField(question.choices ?? []);
      const counts = row([
        whole("min_choices", t.minChoices, MAX_CHOICES),
        whole("max_choices", t.maxChoices, MAX_CHOICES),
      ]);
      return {
        fields: [...choices.fields, ...counts.fields],
        element: h("div", { class: "stack" }, choices.element, counts.element),
        read: () => ({ ...choices.read(), ...counts.read() }),
      };
    }
    case "file":
      return fileTypesField(question.file_types ?? []);
    default:
      return { fields: [], element: h("div", {}), read: () => ({}) };
  }
}

function fileTypesField(chosen) {
  const [hintId, errorId] = ["types-hint", "types-error"].map(newId);
  const error = h("p", { id: errorId, class: "field-error", hidden: true });
  const inputs = FILE_TYPES.map((value) =>
    h("input", { type: "checkbox", value, checked: chosen.includes(value), "aria-describedby": errorId }),
  );
  return {
    element: h(
      "fieldset",
      { class: "field", "aria-describedby": hintId },
      h("legend", {}, t.fileTypes),
      h("p", { id: hintId, class: "hint" }, t.fileTypesHint),
      h(
        "div",
        { class: "actions" },
        inputs.map((one) => h("label", { class: "check" }, one, h("span", {}, one.value.toUpperCase()))),
      ),
      error,
    ),
    fields: [
      {
        name: "file_types",
        showError(text) {
          error.hidden = !text;
          error.textContent = text;
        },
      },
    ],
    read: () => ({ file_types: inputs.filter((one) => one.checked).map((one) => one.value) }),
  };
}

const numberOf = (input) => (Number.isNaN(input.valueAsNumber) ? null : input.valueAsNumber);

function choicesField(choices) {
  let rows = [];
  const list = h("ol", { class: "choice-rows" });
  const errorId = newId("choices-error");
  const error = h("p", { id: errorId, class: "field-error", hidden: true });
  const hintId = newId("choices-hint");
  const add = button("quiet", t.addChoice, () => {
    rows.push(choiceRow(newChoice(), remove, errorId));
    draw();
    rows.at(-1).input.focus();
    changed();
  });
  const element = h(
    "fieldset",
    { class: "field", "aria-describedby": hintId },
    h("legend", {}, t.choices),
    h("p", { id: hintId, class: "hint" }, t.knockOutHint),
    list,
    error,
    h("div", {}, add),
  );
  const changed = () => element.dispatchEvent(new Event("input", { bubbles: true }));

  function remove(row) {
    const index = rows.indexOf(row);
    rows = rows.filter((one) => one !== row);
    draw();
    (rows[index] ?? rows.at(-1))?.input.focus();
    if (!rows.length) add.focus();
    changed();
  }

  function draw() {
    fill(
      list,
      rows.map((row) => row.element),
    );
    for (const [index, row] of rows.entries()) row.setNumber(index + 1);
    add.hidden = rows.length >= MAX_CHOICES;
  }

  rows = (choices.length ? choices : [newChoice(), newChoice()]).map((one) =>
    choiceRow(one, remove, errorId),
  );
  draw();
  return {
    element,
    fields: [
      {
        name: "choices",
        showError(text) {
          error.hidden = !text;
          error.textContent = text;
          const bad = text && (rows.find((row) => !row.input.value.trim()) ?? rows[0]);
          for (const row of rows) {
            if (row === bad) row.input.setAttribute("aria-invalid", "true");
            else row.input.removeAttribute("aria-invalid");
          }
        },
      },
    ],
    // Rows that were never filled in are no answers.
    read: () => ({ choices: rows.map((row) => row.read()).filter((one) => one.label) }),
  };
}

function choiceRow(choice, remove, errorId) {
  const input = h("input", {
    maxlength: 300,
    dir: "auto",
    value: choice.label,
    "aria-describedby": errorId,
  });
  const knockOut = h("input", { type: "checkbox", checked: choice.knock_out });
  const removal = h("button", { type: "button", class: "plain", onclick: () => remove(row) }, "×");
  const row = {
    input,
    element: h("li", {}, input, h("label", { class: "check" }, knockOut, h("span", {}, t.knockOut)), removal),
    setNumber(number) {
      input.setAttribute("aria-label", t.choice(number));
      knockOut.setAttribute("aria-label", t.knockOutOf(number));
      removal.setAttribute("aria-label", t.removeChoice(number));
    },
    read: () => ({
      id: choice.id,
      label: wellFormed(input.value),
      ...(knockOut.checked ? { knock_out: true } : {}),
    }),
  };
  return row;
}
