// The form in which an owner writes the privacy notice of the employer.

import { fill, h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { formatDay } from "../core/format.js";
import { showNotice } from "../core/shell-view.js";
import { wellFormed } from "../core/text-model.js";
import { ifVersion, send } from "./employers-api.js";
import { privacyNoticeTexts as t } from "./privacy-notice-texts.js";

const MAX_LENGTH = 20_000;

/**
 * Create the form.
 *
 * @param {string} path of the notice in the API
 * @param {{ version: number, notice: { text: string }, changed_at: string | null }} present
 */
export function privacyNoticeForm(path, present) {
  let saved = present;
  const state = h("p", { class: "soft" });
  const text = field({
    name: "text",
    label: t.label,
    hint: t.textHint,
    rows: 14,
    maxlength: MAX_LENGTH,
  });
  text.input.value = present.notice.text;
  const draw = () =>
    fill(state, saved.version ? t.present(saved.version, formatDay(saved.changed_at)) : t.standard);
  draw();
  return form({
    fields: [state, text],
    submitLabel: t.save,
    problemTexts: { "precondition-failed": t.conflict },
    onSubmit: async () => {
      saved = await send("PUT", path, { text: wellFormed(text.value) }, ifVersion(saved));
      draw();
      showNotice(t.saved, "good");
    },
  });
}
