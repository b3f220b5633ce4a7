// The notes of members about an applicant.

import { showActionError } from "../accounts/log-in-dialog.js";
import { relativeTimeElement } from "../candidate/posting-view.js";
import { button, fill, h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { session } from "../core/session.js";
import { read, send } from "./employers-api.js";
import { recruiterTexts } from "./recruiter-texts.js";

const t = recruiterTexts.applicant;

// What was typed about applicants and not yet added, by path.
const unsent = new Map();
session.onChange(({ reason }) => reason !== "expired" && unsent.clear());

/** Create the notes. `onChange()` is called when they were changed. Return `{ element, focus }`. */
export function notesView({ view, path, notes, onChange }) {
  const title = h("h2", { tabindex: "-1" }, t.notes);
  const list = h("div", {});
  const text = field({ name: "text", label: t.note, hint: t.notesHint, rows: 3, maxlength: 5000 });
  text.input.value = unsent.get(path) ?? "";
  text.input.addEventListener("input", () => unsent.set(path, text.value));
  // Keys are shortcuts again.
  text.input.addEventListener("keydown", ({ key }) => key === "Escape" && title.focus());
  const draw = (all) =>
    fill(
      list,
      all.length ? h("ul", { class: "list" }, all.map(noteItem)) : h("p", { class: "soft" }, t.noNotes),
    );

  async function showNotes() {
    onChange();
    draw((await read(`${path}/notes`, view.signal)).notes);
  }

  async function remove(note) {
    try {
      await send("DELETE", `${path}/notes/${note.id}`);
      await showNotes();
      title.focus();
    } catch (error) {
      if (!view.signal.aborted) showActionError(error);
    }
  }

  function noteItem(note) {
    return h(
      "li",
      { class: "card" },
      h("p", { class: "letter", dir: "auto" }, note.text),
      h(
        "p",
        { class: "row soft small" },
        h("span", {}, note.author || t.somebody, " · ", relativeTimeElement(note.at)),
        note.author_id === session.account?.id &&
          button("quiet", t.removeNote, () => remove(note), { "aria-label": t.removeNoteOf(note.text) }),
      ),
    );
  }

  draw(notes);
  const element = form({
    fields: [text],
    submitLabel: t.addNote,
    onSubmit: async (values) => {
      await send("POST", `${path}/notes`, values);
      text.input.value = "";
      unsent.delete(path);
      await showNotes();
    },
  });
  return { element: h("section", { class: "stack" }, title, list, element), focus: () => text.input.focus() };
}
