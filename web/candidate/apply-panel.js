// The apply panel of a posting. It shows one view for each state of apply-machine.js.

import { call } from "../core/api-client.js";
import { fill, h, link } from "../core/dom.js";
import { buildHash } from "../core/router.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { load, showFailure } from "../core/states-view.js";
import { applicationTexts } from "./application-texts.js";
import { findApplication } from "./applications-api.js";
import { applyForm } from "./apply-form.js";
import { changedEvent, loadedEvent, nextState } from "./apply-machine.js";
import { loadDraft, renewKey } from "./apply-submission.js";
import { readDraft } from "./draft-store.js";
import { dayElement, deadlineElement, isClosed } from "./posting-view.js";
import { statusView } from "./status-view.js";

const t = applicationTexts;

/**
 * Create the panel. `start()` loads it; `focus()` moves to it. `onTitle(text)` is called when its
 * title changes.
 */
export function applyPanel({ view, posting, onTitle }) {
  const { signal } = view;
  const title = h("h2", { id: "apply-title", tabindex: "-1" }, t.apply.title);
  const content = h("div", { class: "stack" });
  const element = h("section", { class: "apply card", "aria-labelledby": "apply-title" }, title, content);
  let state = "loading";
  // The form of the posting; null if it asks no questions.
  let questions = null;
  let filesField;
  let limitText = "";
  let consentField = null;
  // Creates the view of what was sent before; null if there is nothing to offer.
  let lastSentView = null;

  // States with the same view share it: a transition between them draws nothing.
  const views = {
    loading: showLoading,
    loggedOut: showLoggedOut,
    notCandidate: () => fill(content, h("p", {}, t.apply.notCandidate)),
    closed: showClosed,
    draft: showForm,
    withdrawn: showForm,
    submitting: showForm,
    accepted: showStatus,
    repeat: showStatus,
    withdrawing: showStatus,
    ended: showStatus,
    failed: (error) => showFailure(view, error),
  };

  // `data` is the application, or the error, that the event is about.
  function dispatch(event, data = null) {
    const shownView = views[state];
    state = nextState(state, event);
    if (views[state] !== shownView) return views[state](data);
  }

  function setTitle(text) {
    title.textContent = text;
    onTitle(text);
  }

  function focusTitle() {
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "start" });
  }

  function focus() {
    title.scrollIntoView({ block: "start" });
    (element.querySelector("textarea") ?? title).focus({ preventScroll: true });
  }

  // Read the newest application. `isRepeated`: another tab has sent the draft.
  async function showLoading(isRepeated = true) {
    if (!session.account) return dispatch(isClosed(posting) ? "closed" : "loggedOut");
    if (!session.isCandidate) return dispatch("notCandidate");
    const hadFocus = content.contains(document.activeElement);
    try {
      await load({
        signal,
        lines: 2,
        place: (node) => fill(content, node),
        read: () =>
          Promise.all([
            findApplication(posting.id, signal),
            posting.form_version ? readQuestions() : null,
            loadFilesField(),
            isClosed(posting) ? null : loadConsentField(),
            loadLastSent(),
            loadLimitText(),
          ]),
        render: ([application]) => {
          // A draft that is left after the other tab sent it was typed meanwhile.
          const hasNewDraft = isRepeated && Boolean(readDraft(session.account.id, posting.id));
          dispatch(loadedEvent(application, { isClosed: isClosed(posting), hasNewDraft }), application);
          if (hadFocus) focusTitle();
        },
      });
    } catch (error) {
      if (!signal.aborted) dispatch("error", error);
    }
  }

  async function loadFilesField() {
    ({ filesField } = await import("./files-field.js"));
  }

  async function loadConsentField() {
    const { readConsent } = await import("./consent-field.js");
    const createField = await readConsent(posting.id, signal);
    consentField = () => createField(posting.employer);
  }

  async function loadLastSent() {
    const { lastSentView: create, readLastSent } = await import("./last-sent-view.js");
    const lastSent = await readLastSent(signal);
    lastSentView = lastSent && ((fields) => create({ ...fields, lastSent }));
  }

  async function loadLimitText() {
    if (!posting.application_limit) return;
    const { applicationLimitText } = await import("./application-limit-texts.js");
    limitText = applicationLimitText(posting.employer, posting.application_limit);
  }

  // The module is loaded with the questions, before anything is typed.
  async function readQuestions() {
    const path = `v1/postings/${encodeURIComponent(posting.id)}/form`;
    const [{ questionFields }, { body }] = await Promise.all([
      import("./question-fields.js"),
      call("GET", path, { signal }),
    ]);
    questions = body.version ? { ...body, questionFields } : null;
  }

  // The posting has other questions than those that were answered. The draft keeps what was typed.
  async function showChangedQuestions() {
    const before = questions?.questions ?? [];
    await readQuestions();
    if (signal.aborted || views[state] !== showForm) return;
    const { changedQuestions } = await import("./question-model.js");
    showForm(null, changedQuestions(before, questions?.questions ?? []));
    const note = content.querySelector(".note-bad");
    note.focus({ preventScroll: true });
    note.scrollIntoView({ block: "center" });
  }

  function showLoggedOut() {
    const query = { then: location.hash };
    fill(
      content,
      h("p", {}, t.apply.loggedOut),
      h(
        "div",
        { class: "form-actions" },
        link(`#/apply/${posting.id}`, { class: "button" }, t.apply.asGuest),
        link(buildHash("/log-in", query), { class: "button button-quiet" }, t.apply.logIn),
        link(buildHash("/sign-up", query), { class: "button button-quiet" }, t.apply.signUp),
      ),
    );
  }

  function showClosed() {
    const draft = session.account && loadDraft(session.account.id, posting.id);
    const text = draft && [draft.cover_letter, ...draft.links].filter(Boolean).join("\n\n");
    setTitle(t.apply.closedTitle);
    fill(
      content,
      h("p", {}, t.apply.closed, " ", deadlineElement(posting.closes_at), "."),
      text &&
        h(
          "details",
          { class: "unfolds" },
          h("summary", {}, t.apply.draft),
          h("div", { class: "prose" }, h("p", { dir: "auto" }, text)),
        ),
      h("div", {}, link("#/", { class: "button button-quiet" }, t.apply.otherPostings)),
    );
  }

  function showForm(withdrawnApplication, changed = null) {
    const accountId = session.account.id;
    const draft = loadDraft(accountId, posting.id);
    // The draft may still have the key of the withdrawn application, if its answer was lost.
    if (withdrawnApplication) renewKey(accountId, posting.id, draft);
    setTitle(withdrawnApplication ? t.status.applyAgain : t.posting.toForm);
    fill(
      content,
      withdrawnApplication && withdrawnNote(withdrawnApplication),
      limitText && h("p", { class: "note" }, limitText),
      applyForm({
        accountId,
        postingId: posting.id,
        draft,
        filesField,
        consentField,
        questions,
        changed,
        signal,
        onSubmit: () => dispatch("submit"),
        onRejected: () => dispatch("rejected"),
        onResult: showResult,
        onSentElsewhere: () => dispatch("sentElsewhere", true),
        onFormChanged: showChangedQuestions,
        lastSentView,
      }),
    );
  }

  function showResult({ event, receipt, application = applicationOf(receipt, posting) }) {
    if (signal.aborted) return;
    dispatch(event, application);
    focusTitle();
    if (event === "accepted") showNotice(t.status.notices.accepted(posting.title), "good");
  }

  function showStatus(application) {
    setTitle(t.status.title);
    const status = statusView({
      application,
      signal,
      onChange: (changed) => dispatch(changedEvent(changed, { isClosed: isClosed(posting) }), changed),
    });
    fill(
      content,
      state === "repeat" && h("p", { class: "note" }, t.apply.repeated),
      status.element,
      h("div", {}, link(`#/applications/${application.id}`, {}, t.status.details)),
    );
  }

  return { element, focus, start: () => showLoading(false) };
}

const withdrawnNote = (application) =>
  h(
    "p",
    { class: "note" },
    t.apply.withdrawnOn,
    " ",
    dayElement(application.timeline.at(-1).at),
    ". ",
    t.apply.again,
  );

// The application as the API would return it now: its receipt holds the first event.
function applicationOf(receipt, { id, title, employer, location }) {
  return {
    id: receipt.id,
    posting_id: id,
    posting: { id, title, employer, location },
    status: "accepted",
    timeline: [{ event: "accepted", at: receipt.accepted_at }],
  };
}
