// The notice in the editor of a posting after somebody else has changed the posting.

import { button, fill, h } from "../core/dom.js";
import { formatDateTime } from "../core/format.js";
import { recruiterTexts } from "./recruiter-texts.js";

const t = recruiterTexts.posting;

/** Create the view. Return `{ element, show(newer, fields, author) }`. */
export function postingConflictView({ keepMine, loadNewer, useMine }) {
  const element = h("div", { role: "alert" });
  const note = (title, text, ...buttons) =>
    fill(
      element,
      h(
        "section",
        { class: "note note-bad stack" },
        h("h2", {}, title),
        h("p", {}, text),
        h("div", { class: "form-actions" }, buttons),
      ),
    );

  function load() {
    const typed = loadNewer();
    const restore = button("quiet", t.useMine, () => {
      useMine(typed);
      fill(element);
    });
    note(t.newerTitle, t.newer, restore);
    restore.focus();
  }

  return {
    element,
    show(newer, fields, author) {
      const names = fields.map((one) => t.fieldNames[one] ?? one).join(", ");
      note(
        t.conflictTitle,
        t.conflict(author || t.somebody, formatDateTime(newer.changed_at), names),
        button("", t.keepMine, () => {
          fill(element);
          keepMine();
        }),
        button("quiet", t.loadNewer, load),
      );
    },
  };
}
