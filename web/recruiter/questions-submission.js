// Saves the questions of a posting: in this browser with each key, and those of a draft in the API after a pause.
// If somebody else has changed them, nothing is saved until the member has chosen.

import { session } from "../core/session.js";
import { ifVersion, membersPath, postingPath, read, send } from "./employers-api.js";
import { readPostingDraft, removePostingDraft, savePostingDraft } from "./posting-draft-store.js";
import { sameQuestions, tidyQuestion } from "./questions-model.js";

const PAUSE_MS = 1500;
const RETRY_MS = 8000;

/**
 * Start to save. Call `restore` once the page can show the state of saving.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {string} options.employerId
 * @param {any} options.saved the form of the posting, as the API answered
 * @param {any} options.form
 * @param {() => boolean} options.isDraft
 * @param {(state: string) => void} options.onState "saving", "saved", "kept" (in this browser only), or "retrying"
 * @param {() => Promise<void>} options.onSaved called after a change was saved
 * @param {(newer: any, author: string) => void} options.onConflict gets the newer form, and who changed it
 */
export function questionsSubmission({
  view,
  employerId,
  saved,
  form,
  isDraft,
  onState,
  onSaved,
  onConflict,
}) {
  const accountId = session.account.id;
  const id = `${saved.posting_id}-form`;
  const path = `${postingPath(employerId, saved.posting_id)}/form`;
  let present = saved;
  // The questions as they were typed when they were saved: the API tidies texts.
  let known = saved.questions.map(tidyQuestion);
  /** @type {Promise<void> | null} */
  let running = null;
  let newer = null;
  let timer = 0;

  const hasChanges = () => !sameQuestions(known, form.questions());
  const isAutomatic = () => isDraft() && !newer;

  function keep() {
    if (!hasChanges()) return removePostingDraft(accountId, id);
    savePostingDraft(accountId, id, { version: present.version, base: known, values: form.questions() });
  }

  function schedule(ms = PAUSE_MS) {
    clearTimeout(timer);
    if (isAutomatic()) timer = setTimeout(saveAutomatically, ms);
  }

  async function saveAutomatically() {
    try {
      await save();
    } catch (error) {
      onState(error.isTransient ? "retrying" : "kept");
      if (error.isTransient && !view.signal.aborted) schedule(RETRY_MS);
      else form.showErrors(error.errors ?? []);
    }
  }

  async function save() {
    clearTimeout(timer);
    while (running) await running.catch(() => {});
    if (newer || !hasChanges()) return;
    running = sendQuestions().finally(() => (running = null));
    return running;
  }

  async function sendQuestions() {
    const sent = form.questions();
    onState("saving");
    try {
      accept(await send("PUT", path, { questions: sent }, ifVersion(present)), sent);
    } catch (error) {
      if (error.slug !== "precondition-failed") throw error;
      const found = await read(path);
      if (!sameQuestions(found.questions, sent)) return showConflict(found);
      // This browser saved them, and the answer was lost.
      accept(found, sent);
    }
    await onSaved();
    if (!hasChanges()) return onState("saved");
    onState("kept");
    if (!view.signal.aborted) schedule();
  }

  function accept(stored, sent) {
    present = stored;
    known = sent;
    form.showErrors([]);
    keep();
  }

  async function showConflict(found) {
    newer = found;
    onState("kept");
    const { members } = await read(membersPath(employerId)).catch(() => ({ members: [] }));
    onConflict(found, members.find((one) => one.account_id === found.changed_by)?.name ?? "");
  }

  form.element.addEventListener("input", () => {
    keep();
    if (!running) onState("kept");
    schedule();
  });
  view.signal.addEventListener("abort", () => {
    if (isAutomatic() && hasChanges()) saveAutomatically();
  });

  // Take the newer questions as the ones on which the text here is based.
  function rebase() {
    present = newer;
    known = newer.questions.map(tidyQuestion);
    newer = null;
  }

  return {
    hasChanges,
    save,
    /** Show what was typed before the page was reloaded, and save it unless there is a conflict. */
    restore() {
      const draft = readPostingDraft(accountId, id);
      if (!Array.isArray(draft?.values)) return;
      form.setQuestions(draft.values);
      if (!hasChanges()) return keep();
      if (draft.version !== present.version) return showConflict(present);
      onState("kept");
      schedule();
    },
    forget: () => removePostingDraft(accountId, id),
    /** After a conflict: keep the questions here. */
    keepMine() {
      rebase();
      return save();
    },
    /** After a conflict: show the newer questions. Return those typed here. */
    loadNewer() {
      const mine = form.questions();
      rebase();
      form.setQuestions(known);
      keep();
      onState("saved");
      return mine;
    },
  };
}
