// The form that changes an application, filled with what was sent or with a draft of the change.

import { call } from "../core/api-client.js";
import { button, fill, h } from "../core/dom.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { errorText, load } from "../core/states-view.js";
import {
  amendmentBody,
  discardAmendment,
  isChanged,
  isNewContent,
  loadAmendment,
  restartAmendment,
  submitAmendment,
} from "./amend-submission.js";
import { amendTexts } from "./amend-texts.js";
import { titleOf } from "./application-model.js";
import { listRevisions, readRevision } from "./applications-api.js";
import { applyForm } from "./apply-form.js";

const t = amendTexts;

// Thrown instead of sending a draft that changes nothing. The form finds its text by the slug.
class Unchanged extends Error {
  slug = "unchanged";
}

/**
 * Create the panel. It is empty until `open()` is called. `isOpen` tells whether the form is shown;
 * `close()` removes it and keeps the draft. `onDone()` is called when the panel closes.
 *
 * @param {{view: any, application: any, onSent: () => void, onDone: () => void}} options
 */
export function amendPanel({ view, application, onSent, onDone }) {
  const accountId = session.account.id;
  const title = h("h2", { id: "change-title", tabindex: "-1" }, t.title);
  const content = h("div", { class: "stack" });
  const element = h(
    "section",
    { class: "apply card stack", "aria-labelledby": "change-title", hidden: true },
    title,
    content,
  );
  /** @type {AbortController | null} */
  let opened = null;

  async function readNewest(signal) {
    const revisions = await listRevisions(application.id, { signal });
    const revision = await readRevision(application.id, revisions.at(-1).revision, { signal });
    const [{ filesField }, questions] = await Promise.all([
      import("./files-field.js"),
      revision.form_version ? readQuestions(revision, signal) : null,
    ]);
    return { revision, questions, filesField };
  }

  // Answers to questions that the employer has changed since stay as they are, and are not shown.
  async function readQuestions({ form_version, files }, signal) {
    const path = `v1/postings/${encodeURIComponent(application.posting_id)}/form`;
    const [{ questionFields }, { body }] = await Promise.all([
      import("./question-fields.js"),
      call("GET", path, { signal }),
    ]);
    const sent = Object.fromEntries(files.map((one) => [one.question_id, one.name]));
    return body.version === form_version ? { ...body, questionFields, sent } : null;
  }

  async function open() {
    opened = new AbortController();
    const signal = AbortSignal.any([view.signal, opened.signal]);
    element.hidden = false;
    title.focus();
    try {
      await load({
        signal,
        lines: 4,
        place: (node) => fill(content, node),
        read: () => readNewest(signal),
        render: (newest) => show(newest, loadAmendment(accountId, application.id, newest.revision), signal),
      });
    } catch (error) {
      if (!signal.aborted) fill(content, h("p", { class: "note note-bad", role: "alert" }, errorText(error)));
    }
  }

  function close() {
    opened?.abort();
    opened = null;
    fill(content);
    element.hidden = true;
    onDone();
  }

  function show(newest, draft, signal) {
    const { revision, questions, filesField } = newest;
    const isKept = isChanged(draft, revision);
    const isStale = draft.base !== revision.revision;
    const startOver = () => {
      show(newest, restartAmendment(accountId, application.id, revision), signal);
      element.querySelector("textarea").focus();
    };
    const cancel = () => {
      if (!isChanged(draft, revision)) discardAmendment(accountId, application.id, draft);
      close();
    };
    const form = applyForm({
      accountId,
      postingId: application.id,
      draft,
      filesField,
      questions,
      changed: null,
      signal,
      onSubmit: () => {},
      onRejected: () => {},
      onResult: () => {
        if (view.signal.aborted) return;
        showNotice(t.accepted(titleOf(application)), "good");
        close();
        onSent();
      },
      onSentElsewhere: () => {
        close();
        onSent();
      },
      send: async (options) => {
        if (!isNewContent(amendmentBody(draft, revision, options.form), revision)) throw new Unchanged();
        return submitAmendment({ ...options, revision });
      },
      submitLabel: t.submit,
      problemTexts: t.problems,
      isSaved: isKept,
    });
    fill(
      content,
      h("p", {}, t.about),
      isStale && h("p", { class: "note" }, t.conflict),
      isKept && !isStale && h("p", { class: "note" }, t.continued),
      (isKept || isStale) && h("div", {}, button("quiet", t.startOver, startOver)),
      form,
      h("div", {}, button("quiet", t.cancel, cancel)),
    );
  }

  return {
    element,
    open,
    close,
    get isOpen() {
      return opened !== null;
    },
  };
}
