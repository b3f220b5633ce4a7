// The section of the editor of a posting in which its questions are written.

import { showActionError } from "../accounts/log-in-dialog.js";
import { questionFields } from "../candidate/question-fields.js";
import { button, fill, h } from "../core/dom.js";
import { showNotice } from "../core/shell-view.js";
import { postingConflictView } from "./posting-conflict-view.js";
import { questionsForm } from "./questions-form.js";
import { previewOf } from "./questions-model.js";
import { questionsSubmission } from "./questions-submission.js";
import { questionsTexts } from "./questions-texts.js";
import { recruiterTexts } from "./recruiter-texts.js";

const t = questionsTexts;

/**
 * Create the section. Return `{ element, preview(), submission }`.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {string} options.employerId
 * @param {any} options.saved the form of the posting, as the API answered
 * @param {() => boolean} options.isDraft whether the posting is a draft, which is saved automatically
 * @param {() => Promise<void>} options.onSaved called after a change was saved
 */
export function questionsView({ view, employerId, saved, isDraft, onSaved }) {
  const form = questionsForm(saved.questions);
  const status = h("p", { class: "soft small", role: "status" });
  const submission = questionsSubmission({
    view,
    employerId,
    saved,
    form,
    isDraft,
    onState: (state) => fill(status, recruiterTexts.posting.saveStates[state]),
    onSaved,
    onConflict: (newer, author) => conflict.show(newer, [t.title], author),
  });
  const showError = (error) => {
    if (!form.showErrors(error.errors ?? []) || !error.errors?.length) showActionError(error);
  };
  const conflict = postingConflictView({
    keepMine: () => submission.keepMine().catch(showError),
    loadNewer: () => submission.loadNewer(),
    useMine: (questions) => {
      form.setQuestions(questions);
      form.element.dispatchEvent(new Event("input"));
    },
  });

  async function save() {
    try {
      await submission.save();
      if (!submission.hasChanges())
        showNotice(isDraft() ? t.saved : `${t.saved} ${t.savedPublished}`, "good");
    } catch (error) {
      showError(error);
    }
  }

  return {
    submission,
    element: h(
      "section",
      { class: "stack", "aria-labelledby": "questions" },
      h("h2", { id: "questions" }, t.title),
      h("p", { class: "hint" }, t.hint),
      conflict.element,
      form.element,
      h("div", { class: "form-actions" }, button("", t.save, save)),
      status,
    ),
    /** The questions as candidates see them. */
    preview() {
      const questions = previewOf(form.questions());
      const { fields } = questionFields({ questions, values: {}, signal: view.signal });
      // A file would be uploaded as soon as it is chosen.
      for (const one of fields.filter(({ name }) => name.startsWith("file_answers."))) one.freeze(true);
      return fields.map((one) => one.element);
    },
  };
}
