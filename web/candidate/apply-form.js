// The form of an application: cover letter, links, files and the questions of the posting. It saves the draft while someone types, and
// shows what another tab typed.

import { fill, h, newId } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { session } from "../core/session.js";
import { wellFormed } from "../core/text-model.js";
import { applicationTexts } from "./application-texts.js";
import { renewKey, submitApplication } from "./apply-submission.js";
import { changedSpan, coverLetterLength, MAX_COVER_LETTER_LENGTH } from "./draft-model.js";
import { saveDraft, watchDraft } from "./draft-store.js";
import { linksField } from "./links-field.js";
import { RetryStopped } from "./retry-view.js";

const t = applicationTexts.apply;
// Screen readers announce the characters left below this number, when the typing pauses.
const FEW_CHARACTERS = 500;
const ANNOUNCE_AFTER_MS = 1000;
const SAVE_AFTER_MS = 400;
// In place of the field for files, which belong to an account.
const NO_FILES = { element: null, value: [], freeze() {} };

const hasContent = ({ cover_letter, links, files, answers }) =>
  Boolean(cover_letter || links.length || files.length || Object.values(answers).flat().some(Boolean));

/**
 * Create the form.
 *
 * @param {object} options
 * @param {string} options.accountId
 * @param {string} options.postingId
 * @param {any} options.draft changed in place
 * @param {typeof import("./files-field.js").filesField | null} options.filesField null: files cannot be attached
 * @param {(() => any) | null} [options.consentField] creates the field for the consent; null: none is asked for
 * @param {any} options.questions the form of the posting, with `questionFields`; null if it has no questions
 * @param {Set<string> | null} options.changed the ids of the questions that changed since the draft was sent
 * @param {AbortSignal} options.signal
 * @param {any[]} [options.firstFields] fields above the cover letter
 * @param {string} [options.questionsHeading] the element of the heading of the questions
 * @param {string} [options.submitLabel]
 * @param {(request: any) => Promise<any>} [options.send] sends the draft; gets the values of the form too
 * @param {Record<string, any>} [options.problemTexts]
 * @param {() => void} [options.onSubmit]
 * @param {() => void} [options.onRejected] called after an error, while the form stays
 * @param {(result: any) => void} options.onResult gets the result of submitApplication
 * @param {() => void} options.onSentElsewhere called when another tab has sent the draft
 * @param {() => Promise<void>} [options.onFormChanged] called when the posting has other questions
 * @param {((fields: any) => any) | null} [options.lastSentView] offers what was sent before
 * @param {boolean} [options.isSaved] whether the draft is in this browser
 */
export function applyForm({
  accountId,
  postingId,
  draft,
  filesField,
  consentField = null,
  questions,
  changed,
  signal,
  firstFields = [],
  questionsHeading = "h3",
  submitLabel = t.submit,
  send = submitApplication,
  problemTexts = {},
  onSubmit = () => {},
  onRejected = () => {},
  onResult,
  onSentElsewhere,
  onFormChanged,
  lastSentView = null,
  isSaved = hasContent(draft),
}) {
  const coverLetter = field({
    name: "cover_letter",
    label: t.coverLetter,
    hint: t.coverLetterHint,
    rows: 12,
    optional: true,
  });
  coverLetter.input.value = draft.cover_letter;
  const showLength = lengthCounter(coverLetter);
  const links = linksField({ value: draft.links, onChange: onType });
  const files = filesField?.({ value: draft.files, onChange: onType, signal }) ?? NO_FILES;
  const asked = questions?.questionFields({
    questions: questions.questions,
    values: draft.answers,
    changed: changed ?? undefined,
    sent: questions.sent,
    canUpload: Boolean(filesField),
    onChange: onType,
    signal,
  });
  const consent = consentField?.();
  const lastSent = lastSentView?.({ draft, links, files, onChange: onType, signal });
  const savedHint = h("p", { class: "hint draft-kept" });
  const trouble = h("div", { class: "trouble" });
  const ended = new AbortController();
  const formSignal = AbortSignal.any([signal, ended.signal]);
  let saveTimer = null;
  let isSubmitting = false;
  // Changes in other tabs while this one is submitting.
  const pending = [];

  function onType() {
    showLength();
    // The field itself stays as it is while someone types: some keyboards enter an emoji in halves.
    draft.cover_letter = wellFormed(coverLetter.value);
    draft.links = links.value.map(wellFormed);
    draft.files = files.value;
    // Answers to questions that were removed are kept, because they may come back.
    draft.answers = { ...draft.answers, ...asked?.values() };
    lastSent?.update();
    clearTimeout(saveTimer);
    saveTimer = setTimeout(save, SAVE_AFTER_MS);
  }

  function save() {
    clearTimeout(saveTimer);
    saveTimer = null;
    savedHint.textContent = saveDraft(accountId, postingId, draft) ? t.saved : t.notSaved;
  }

  // The latest keystrokes are saved before the page goes.
  const flush = () => saveTimer && save();
  addEventListener("pagehide", flush, { signal: formSignal });
  document.addEventListener("visibilitychange", flush, { signal: formSignal });
  formSignal.addEventListener("abort", flush, { once: true });
  // But not after a log-out, which deletes the drafts.
  session.onChange(({ reason }) => {
    if (reason !== "logged-out") return;
    clearTimeout(saveTimer);
    saveTimer = null;
  }, formSignal);

  // Another tab changed or sent the draft. Text that was typed here and not saved yet takes precedence.
  function onOtherTab(other) {
    if (isSubmitting) pending.push(other);
    else if (other.isSent) {
      if (saveTimer) renewKey(accountId, postingId, draft);
      ended.abort();
      onSentElsewhere();
    } else if (!saveTimer) {
      Object.assign(draft, other);
      replaceText(coverLetter.input, draft.cover_letter);
      links.value = draft.links;
      files.value = draft.files;
      asked?.setValues(draft.answers);
      lastSent?.update();
      showLength();
      savedHint.textContent = t.saved;
    }
  }
  watchDraft(accountId, postingId, onOtherTab, formSignal);

  coverLetter.input.addEventListener("input", onType);
  if (isSaved) savedHint.textContent = t.saved;

  function setSubmitting(value) {
    isSubmitting = value;
    coverLetter.input.readOnly = value;
    links.freeze(value);
    files.freeze(value);
    asked?.freeze(value);
    lastSent?.freeze(value);
  }

  async function submit(values) {
    save();
    setSubmitting(true);
    // Show what is sent.
    replaceText(coverLetter.input, draft.cover_letter);
    links.value = draft.links;
    draft.files = files.value;
    fill(trouble);
    onSubmit();
    let result;
    try {
      const place = (node) => fill(trouble, node);
      const form = {
        ...(asked ? { form_version: questions.version, ...asked.answers() } : {}),
        ...(consent ? { consent: consent.value } : {}),
      };
      result = await send({ accountId, postingId, draft, form, signal, place, values });
    } catch (error) {
      setSubmitting(false);
      onRejected();
      for (const other of pending.splice(0)) if (!formSignal.aborted) onOtherTab(other);
      if (error.slug !== "form-changed" || !onFormChanged) throw error;
      // Another form takes over the draft.
      await onFormChanged();
      return ended.abort();
    }
    setSubmitting(false);
    // A draft that waits for an e-mailed link to be followed is kept, and can be changed.
    if (!result.isKept) ended.abort();
    onResult(result);
  }

  return form({
    fields: [
      ...firstFields,
      draft.unanswered && { element: h("p", { class: "note" }, t.unanswered) },
      changed && { element: h("p", { class: "note note-bad", tabindex: "-1" }, t.formChanged) },
      coverLetter,
      lastSent,
      links,
      files.element && files,
      ...(asked ? [{ element: h(questionsHeading, {}, t.questions) }, ...asked.fields] : []),
      consent,
      { element: trouble },
    ].filter(Boolean),
    submitLabel,
    onSubmit: submit,
    onError: (error) => {
      if (signal.aborted) return true;
      if (error.errors?.[0]?.field.startsWith("files[")) {
        files.refuse();
        return true;
      }
      const isFileAnswer = error.errors?.[0]?.field.startsWith("file_answers.");
      if (isFileAnswer || error.slug === "invalid-answers") return asked?.showErrors(error.errors);
      if (error.slug === "application-limit-reached") {
        fill(trouble, h("p", { class: "note note-bad", role: "alert" }, error.detail));
        return true;
      }
      if (!(error instanceof RetryStopped)) return false;
      fill(trouble, h("p", { class: "note note-bad", role: "status" }, applicationTexts.retry.stopped));
      return true;
    },
    problemTexts: { "posting-closed": t.closedMeanwhile, "posting-not-found": t.removed, ...problemTexts },
    secondary: savedHint,
  });
}

// Replaces only what differs, so that the caret stays in place.
function replaceText(input, text) {
  if (input.value === text) return;
  const span = changedSpan(input.value, text);
  input.setRangeText(span.text, span.start, span.end, "preserve");
}

// Adds the length of the cover letter to its field. Returns a function that updates it.
function lengthCounter(coverLetter) {
  const id = newId("count");
  const shown = h("p", { id, class: "hint letter-count" });
  const announced = h("p", { class: "unseen", role: "status" });
  coverLetter.element.append(shown, announced);
  coverLetter.input.setAttribute(
    "aria-describedby",
    `${coverLetter.input.getAttribute("aria-describedby")} ${id}`,
  );
  let timer = null;
  const update = () => {
    const length = coverLetterLength(coverLetter.value);
    const rest = MAX_COVER_LETTER_LENGTH - length;
    shown.textContent = t.count(length, MAX_COVER_LETTER_LENGTH);
    coverLetter.input.setCustomValidity(rest < 0 ? t.tooLong(-rest) : "");
    coverLetter.showError(coverLetter.input.validationMessage);
    clearTimeout(timer);
    timer = setTimeout(() => {
      announced.textContent = rest >= 0 && rest <= FEW_CHARACTERS ? t.left(rest) : "";
    }, ANNOUNCE_AFTER_MS);
  };
  update();
  return update;
}
