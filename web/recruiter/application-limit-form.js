// How many applications of one candidate an employer accepts in some days.

import { h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { showNotice } from "../core/shell-view.js";
import { applicationLimitTexts as t } from "./application-limit-texts.js";
import { changeEmployer } from "./employers-api.js";

const DEFAULT_DAYS = "30";

/**
 * Create the form, or the limit in words for members who cannot change it.
 *
 * @param {{ employer: any }} shared the employer as it was read or saved last, also by other forms
 * @param {string} role
 */
export function applicationLimitForm(shared, role) {
  const { application_limit: limit } = shared.employer;
  if (role !== "owner") return h("p", {}, limit ? t.present(limit) : t.none);
  const number = { type: "number", inputmode: "numeric", min: "1", step: "1" };
  const count = field({
    ...number,
    name: "count",
    label: t.count,
    hint: t.countHint,
    max: "50",
    optional: true,
    value: String(limit?.count ?? ""),
  });
  const days = field({
    ...number,
    name: "days",
    label: t.days,
    hint: t.daysHint,
    max: "365",
    value: String(limit?.days ?? DEFAULT_DAYS),
  });
  return form({
    fields: [count, days],
    submitLabel: t.save,
    problemTexts: { "precondition-failed": t.conflict },
    onSubmit: async () => {
      const value = count.value ? { count: Number(count.value), days: Number(days.value) } : null;
      shared.employer = await changeEmployer(shared.employer, { application_limit: value });
      showNotice(t.saved(value), "good");
    },
  });
}
