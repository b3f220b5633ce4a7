// The member's latest decision with its outcome, and the failed ones until they are read.

import { button, fill, h, link } from "../core/dom.js";
import { announce } from "./announcer-view.js";
import { isFailure, lastUndoable, shownDecisions } from "./decision-model.js";
import { dismiss, listDecisions, resend, undoLast, watchDecisions } from "./decision-submission.js";
import { reviewTexts as t } from "./review-texts.js";

/** Create the list. `onUndo(decision)` follows an undo by its button. */
export function decisionsView(view, onUndo = (_decision) => {}) {
  const list = h("ul", { class: "decisions" });
  const element = h("section", { "aria-label": t.decisions }, list);

  function item(one) {
    const { text } = one;
    const detail = one.detail ? `${t.states[one.state]}: ${one.detail}` : t.states[one.state];
    const canUndo = one === lastUndoable(listDecisions());
    const kind = isFailure(one) ? "tag-bad" : one.state === "done" ? "tag-good" : "";
    return h(
      "li",
      { class: isFailure(one) ? "note note-bad row" : "row" },
      h("span", {}, text, " ", h("span", { class: `tag decision-state ${kind}` }, detail)),
      h(
        "span",
        { class: "actions" },
        canUndo && button("quiet", t.undo, () => undo(), { "aria-label": t.undoOf(text) }),
        isFailure(one) &&
          location.hash !== one.hash &&
          link(one.hash, { "aria-label": t.showOf(text) }, t.show),
        one.state === "unsent" &&
          button("quiet", t.resend, () => resend(one), { "aria-label": t.resendOf(text) }),
        isFailure(one) && button("quiet", t.dismiss, () => dismiss(one), { "aria-label": t.dismissOf(text) }),
      ),
    );
  }

  function undo() {
    const undone = undoLast();
    if (undone) onUndo(undone);
  }

  function draw() {
    const focused = list.contains(document.activeElement) && document.activeElement;
    const shown = shownDecisions(listDecisions());
    element.hidden = !shown.length;
    fill(list, shown.map(item));
    if (!focused) return;
    const label = focused.getAttribute("aria-label");
    const same = [...list.querySelectorAll("[aria-label]")].find(
      (one) => one.getAttribute("aria-label") === label,
    );
    /** @type {any} */ (same ?? document.querySelector("h1"))?.focus();
  }

  watchDecisions((changed) => {
    draw();
    if (changed && listDecisions().includes(changed))
      announce(t.announced(changed.text, t.states[changed.state]));
  }, view.signal);
  draw();
  return element;
}
