// The form of the reasons for rejections, in the order in which members choose from them.

import { button, h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { ifVersion, send } from "./employers-api.js";
import { recruiterTexts } from "./recruiter-texts.js";

const t = recruiterTexts.settings;

/**
 * Create the form. `onSaved()` is called after each change.
 *
 * @param {string} path of the reasons in the API
 * @param {{ reasons: { id: string, words: string }[], version: number }} present
 * @param {() => void} onSaved
 */
export function reasonsForm(path, present, onSaved) {
  const list = h("ul", { class: "list" });
  let saved = present;
  let rows = [];

  function addRow({ id = undefined, words = "" } = {}) {
    const input = field({ name: "words", label: t.reason, maxlength: 200, value: words, required: false });
    const row = { id, input };
    const element = h(
      "li",
      { class: "row" },
      input.element,
      button("quiet", t.remove, () => {
        rows = rows.filter((one) => one !== row);
        element.remove();
        add.focus();
      }),
    );
    rows.push(row);
    list.append(element);
    return input;
  }

  const add = button("quiet", t.addReason, () => addRow().input.focus());

  function draw() {
    rows = [];
    list.replaceChildren();
    for (const one of saved.reasons) addRow(one);
  }

  draw();
  return form({
    fields: [list, h("div", {}, add)],
    submitLabel: t.saveReasons,
    problemTexts: { "precondition-failed": t.conflict },
    fieldTexts: { reasons: t.invalidReasons },
    onSubmit: async () => {
      // An empty field is no reason.
      const written = rows.filter((one) => one.input.value.trim());
      const reasons = written.map(({ id, input }) => ({ id, words: input.value }));
      saved = await send("PUT", path, { reasons }, ifVersion(saved));
      draw();
      onSaved();
    },
  });
}
