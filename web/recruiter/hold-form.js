// The form that places a legal hold.

import { field, form } from "../core/form-view.js";
import { retentionTexts as t } from "./retention-texts.js";

/**
 * Create the form. `onSubmit(reason)` places the hold.
 *
 * @param {any[]} fields shown before the reason
 * @param {(reason: string) => Promise<any>} onSubmit
 */
export function holdForm(fields, onSubmit) {
  const reason = field({ name: "reason", label: t.reason, hint: t.reasonHint, maxlength: 500 });
  return form({
    fields: [...fields, reason],
    submitLabel: t.hold,
    onSubmit: () => onSubmit(reason.value),
  });
}
