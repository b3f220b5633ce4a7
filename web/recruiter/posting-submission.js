// Saves the changes of a posting: in this browser with each key, and a draft in the API after a pause. If
// somebody else has changed the posting, nothing is saved until the member has chosen a text.

import { session } from "../core/session.js";
import { ifVersion, membersPath, postingPath, read, send } from "./employers-api.js";
import { changesOf, conflictingFields, mergeValues } from "./posting-draft-model.js";
import { readPostingDraft, removePostingDraft, savePostingDraft } from "./posting-draft-store.js";
import { toPosting, toValues } from "./posting-model.js";

const PAUSE_MS = 1500;
const RETRY_MS = 8000;

const fieldsOf = (posting) => toPosting(toValues(posting));

/**
 * Start to save. Call `restore` once the page can show the state of saving.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {string} options.employerId
 * @param {any} options.posting as the API answered; without an id, it is kept in this browser only
 * @param {any} options.form
 * @param {(state: string, fields?: string[]) => void} options.onState "saving", "saved" (with the fields that the
 *   API refused), "kept" (in this browser only), or "retrying"
 * @param {(posting: any) => void} options.onSaved gets the posting after it was saved
 * @param {(newer: any, fields: string[], author: string) => void} options.onConflict gets the newer posting, the
 *   fields that were changed, and who changed the posting last
 */
export function postingSubmission({ view, employerId, posting, form, onState, onSaved, onConflict }) {
  const accountId = session.account.id;
  const id = posting.id ?? `new-${employerId}`;
  const path = posting.id && postingPath(employerId, posting.id);
  let present = posting;
  // The fields as the API has them, and as they were typed when they were saved: the API tidies texts.
  let base = posting.id ? fieldsOf(posting) : form.body();
  let known = base;
  /** @type {Promise<void> | null} */
  let running = null;
  let newer = null;
  let timer = 0;

  const changes = () => changesOf(known, form.body());
  const hasChanges = () => Object.keys(changes()).length > 0;
  const isAutomatic = () => Boolean(path) && present.state === "draft" && !newer;

  function keep() {
    if (!hasChanges()) return removePostingDraft(accountId, id);
    savePostingDraft(accountId, id, { version: present.version, base, values: form.values() });
  }

  function schedule(ms = PAUSE_MS) {
    clearTimeout(timer);
    if (isAutomatic()) timer = setTimeout(saveAutomatically, ms);
  }

  async function saveAutomatically() {
    try {
      await save({ isPartial: true });
    } catch (error) {
      onState(error.isTransient ? "retrying" : "kept");
      if (error.isTransient && !view.signal.aborted) schedule(RETRY_MS);
    }
  }

  // With `isPartial`, fields that the API refuses stay here, and the others are saved.
  async function save({ isPartial = false } = {}) {
    clearTimeout(timer);
    while (running) await running.catch(() => {});
    if (newer || !hasChanges()) return;
    running = sendChanges(isPartial).finally(() => (running = null));
    return running;
  }

  async function sendChanges(isPartial) {
    const sent = changes();
    const refused = [];
    onState("saving");
    while (Object.keys(sent).length) {
      try {
        accept(await send("PATCH", path, sent, ifVersion(present)), sent);
        break;
      } catch (error) {
        if (error.slug === "precondition-failed") return compare(sent, isPartial);
        const field = error.errors?.[0]?.field?.split(/[.[]/)[0];
        if (!isPartial || !(field in sent)) throw error;
        refused.push(field);
        delete sent[field];
      }
    }
    const isTypedOn = Object.keys(changes()).some((name) => !refused.includes(name));
    if (!isTypedOn) return onState("saved", refused);
    onState("kept");
    if (!view.signal.aborted) schedule();
  }

  function accept(saved, sent) {
    present = saved;
    base = fieldsOf(saved);
    known = { ...base, ...sent };
    keep();
    onSaved(saved);
  }

  async function compare(sent, isPartial) {
    const found = await read(path);
    const fields = conflictingFields(base, fieldsOf(found), { ...known, ...sent });
    if (fields.length) return showConflict(found, fields);
    accept(found, {});
    // A posting that somebody published meanwhile is not saved without its member's consent.
    if (isPartial && !isAutomatic()) return onState("kept");
    return sendChanges(isPartial);
  }

  async function showConflict(found, fields) {
    newer = found;
    onState("kept");
    // The names of members are only read when one is needed.
    const { members } = await read(membersPath(employerId)).catch(() => ({ members: [] }));
    const author = members.find((one) => one.account_id === found.changed_by)?.name ?? "";
    onConflict(found, fields, author);
  }

  function rebase(values) {
    present = newer;
    base = known = fieldsOf(newer);
    newer = null;
    form.setValues(values);
    keep();
    onSaved(present);
    onState(hasChanges() ? "kept" : "saved");
  }

  form.element.addEventListener("input", () => {
    keep();
    if (!running) onState("kept");
    schedule();
  });
  view.signal.addEventListener("abort", () => {
    if (isAutomatic() && hasChanges()) saveAutomatically();
  });

  // Text that was typed before the page was reloaded is saved as usual, unless there is a conflict.
  function restore() {
    const draft = readPostingDraft(accountId, id);
    if (!draft) return;
    const values = { ...form.values(), ...draft.values };
    const mine = changesOf(draft.base, toPosting(values));
    const fields = path ? conflictingFields(draft.base, base, { ...draft.base, ...mine }) : [];
    if (fields.length) {
      form.setValues(values);
      base = known = draft.base;
      return showConflict(posting, fields);
    }
    form.setValues(mergeValues(form.values(), values, mine));
    if (!hasChanges()) return keep();
    onState("kept");
    schedule();
  }

  return {
    get posting() {
      return present;
    },
    hasChanges,
    save,
    restore,
    /** Read the posting again, because another request has changed it, and keep what is typed here. */
    async refresh() {
      while (running) await running.catch(() => {});
      if (newer) return;
      const found = await read(path);
      const fields = conflictingFields(base, fieldsOf(found), base);
      if (fields.length) return showConflict(found, fields);
      present = found;
      onSaved(found);
    },
    /** Forget what is kept in this browser, because it was saved in another way. */
    forget: () => removePostingDraft(accountId, id),
    /** After a conflict: keep what was typed here, and take over what somebody else changed besides. */
    keepMine() {
      const mine = changes();
      rebase(mergeValues(toValues(newer), form.values(), mine));
      return save();
    },
    /** After a conflict: show the newer text. Return the values of the form with what was typed here. */
    loadNewer() {
      const merged = mergeValues(toValues(newer), form.values(), changes());
      rebase(toValues(newer));
      return merged;
    },
  };
}
