// The bar that moves or rejects the selected applicants of a list, and the checkboxes that select them.

import { button, fill, h } from "../core/dom.js";
import { showNotice } from "../core/shell-view.js";
import { openBulkDialog } from "./bulk-dialog.js";
import { bulkTexts as t } from "./bulk-texts.js";
import { recruiterTexts } from "./recruiter-texts.js";

const MAX_SELECTED = 500;

/**
 * Create the bar. Return `{ element, checkbox, shortcut }`: `checkbox(applicant)` creates the checkbox of an
 * applicant, and `shortcut` selects the applicant that has the focus.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {any} options.posting
 * @param {{stage?: string, q?: string, flag?: string, answer?: string} | null} options.query selects the whole list; null if that is impossible
 * @param {number | null} options.count the number of applicants in the list, or null if unknown
 */
export function bulkPanel({ view, posting, query, count }) {
  const selected = new Map();
  const boxes = new Set();
  let isAll = false;
  const status = h("span", { role: "status" });
  const controls = h("div", { class: "actions" });
  const element = h(
    "section",
    { class: "bulk-bar card row", "aria-label": t.bar, hidden: true },
    status,
    controls,
  );

  function checkbox(applicant) {
    const label = t.select(applicant.name || recruiterTexts.applicants.deleted);
    const box = h("input", {
      type: "checkbox",
      "aria-label": label,
      disabled: Boolean(applicant.withdrawn_at),
    });
    box.addEventListener("change", () => {
      if (box.checked && !isAll && selected.size >= MAX_SELECTED) {
        box.checked = false;
        return showNotice(t.tooMany);
      }
      // If one applicant is deselected after "select all", the others on the page stay selected.
      if (isAll && !box.checked) for (const other of boxes) if (other.box.checked) choose(other.applicant);
      isAll = false;
      if (box.checked) choose(applicant);
      else selected.delete(applicant.id);
      draw();
    });
    box.checked = isAll;
    boxes.add({ box, applicant });
    return h("label", { class: "check bulk-check" }, box);
  }

  const choose = (applicant) =>
    selected.set(applicant.id, { id: applicant.id, expected_stage: applicant.stage });

  function set(all) {
    isAll = all;
    selected.clear();
    for (const { box } of boxes) box.checked = all && !box.disabled;
    draw();
  }

  function open(kind) {
    const selection = isAll ? { query } : { applications: [...selected.values()] };
    openBulkDialog({ view, posting, kind, selection });
  }

  function draw() {
    const isEmpty = !isAll && !selected.size;
    const hadFocus = controls.contains(document.activeElement);
    element.hidden = isEmpty;
    fill(status, isAll ? t.allSelected(count) : t.selected(selected.size));
    fill(
      controls,
      query &&
        !isAll &&
        (count ?? Infinity) > selected.size &&
        button("quiet", t.selectAll(count), () => set(true)),
      button("quiet", t.move, () => open("move")),
      button("bad", t.reject, () => open("reject")),
      button("quiet", t.clear, () => set(false)),
    );
    // The button that was used may be gone.
    if (!hadFocus) return;
    const next = !isEmpty ? controls.querySelector("button") : document.querySelector(".bulk-check input");
    /** @type {any} */ (next)?.focus();
  }

  const shortcut = {
    key: "x",
    text: t.shortcut,
    run: () => {
      const row = document.activeElement?.closest("li");
      /** @type {any} */ (row?.querySelector(".bulk-check input"))?.click();
    },
  };
  return { element, checkbox, shortcut };
}
