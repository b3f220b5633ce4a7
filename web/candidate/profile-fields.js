// The fields of a resume: one group for the basics, and a list of unfolding entries for each other part.

import { button, fill, h } from "../core/dom.js";
import { field } from "../core/form-view.js";
import {
  BASICS,
  entriesOf,
  entryFrom,
  LISTS,
  rejectedField,
  resumeFrom,
  titleOf,
  typedValue,
} from "./profile-model.js";
import { profileTexts as t } from "./profile-texts.js";

const MOST = { line: 500, text: 10_000, url: 2000, day: 10 };
const ROWS = { text: 4, lines: 4 };

/** Create the fields: `{ element, resume, showRejected(error) }`. `resume` is what was typed. */
export function profileFields(resume) {
  const status = h("p", { class: "unseen", role: "status" });
  const basics = entryFields(BASICS, resume.basics ?? {}, "basics");
  const lists = Object.fromEntries(
    Object.keys(LISTS).map((list) => [list, listFields(list, entriesOf(resume, list), status)]),
  );
  const element = h(
    "div",
    { class: "stack" },
    h("section", { class: "stack" }, h("h2", {}, t.basics), basics.element),
    Object.values(lists).map((one) => one.element),
    status,
  );
  return {
    element,
    get resume() {
      const typed = Object.entries(lists).map(([list, one]) => [list, one.entries]);
      return resumeFrom(basics.entry, Object.fromEntries(typed));
    },
    /** Show the field that the API rejected. Return whether there is one. */
    showRejected(error) {
      for (const one of [basics, ...Object.values(lists)]) one.clearErrors();
      const rejected = rejectedField(error.errors?.[0]?.field ?? "");
      if (!rejected) return false;
      const { list, index, name } = rejected;
      return list === "basics" ? basics.showError(name) : Boolean(lists[list]?.showError(index, name));
    },
  };
}

function entryFields(fields, entry, list) {
  const controls = fields.map(([name, kind]) => {
    const control = field({
      name,
      label: list === "work" && name === "name" ? t.workName : t.fields[name],
      hint: t.hints[kind],
      rows: ROWS[kind] ?? 0,
      maxlength: MOST[kind] ?? null,
      required: false,
      autocomplete: "off",
    });
    control.input.value = typedValue(entry, [name, kind]);
    return { ...control, kind, name };
  });
  return {
    element: h(
      "div",
      { class: "profile-fields" },
      controls.map((one) => one.element),
    ),
    controls,
    get entry() {
      return entryFrom(fields, Object.fromEntries(controls.map(({ name, input }) => [name, input.value])));
    },
    clearErrors() {
      for (const one of controls) one.showError("");
    },
    showError(name) {
      const control = controls.find((one) => one.name === name) ?? controls[0];
      control.showError(t.invalid[control.kind]);
      control.input.focus();
      return true;
    },
  };
}

function listFields(list, entries, status) {
  const fields = LISTS[list];
  const items = h("ul", { class: "profile-entries" });
  let rows = [];

  function add(entry, isOpen) {
    const one = entryFields(fields, entry, list);
    const summary = h("summary", {});
    const details = h("details", { class: "card unfolds", open: isOpen }, summary, one.element);
    const removal = button("quiet", t.remove, () => remove(row));
    const row = { one, title: "", element: h("li", {}, details), details, summary };
    details.append(removal);
    const show = () => {
      row.title = titleOf(one.entry, fields) || t.newEntry;
      fill(summary, row.title);
      removal.setAttribute("aria-label", t.removeEntry(row.title));
    };
    one.element.addEventListener("input", show);
    show();
    rows.push(row);
    items.append(row.element);
    items.hidden = false;
    return row;
  }

  function remove(row) {
    const index = rows.indexOf(row);
    rows = rows.filter((other) => other !== row);
    row.element.remove();
    items.hidden = !rows.length;
    status.textContent = t.removed(row.title);
    ((rows[index] ?? rows.at(-1))?.summary ?? addition).focus();
  }

  const addition = button("quiet", t.add[list], () => add({}, true).one.controls[0].input.focus());
  for (const entry of entries) add(entry, false);
  items.hidden = !rows.length;
  return {
    element: h("section", { class: "stack" }, h("h2", {}, t.lists[list]), items, h("div", {}, addition)),
    get entries() {
      return rows.map((row) => row.one.entry);
    },
    clearErrors() {
      for (const { one } of rows) one.clearErrors();
    },
    // Blank entries are not sent, so the API does not count them.
    showError(index, name) {
      const row = rows.filter(({ one }) => Object.keys(one.entry).length)[index];
      if (!row) return false;
      row.details.open = true;
      return row.one.showError(name);
    },
  };
}
