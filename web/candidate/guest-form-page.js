// The form with which somebody applies without logging in. The draft stays in this browser until the
// application is sent by the e-mailed link.

import { accountTexts } from "../accounts/account-texts.js";
import { emailField } from "../accounts/log-in-form.js";
import { call } from "../core/api-client.js";
import { button, fill, h, link } from "../core/dom.js";
import { field } from "../core/form-view.js";
import { formatDateTime } from "../core/format.js";
import { buildHash, navigate } from "../core/router.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { errorText, heading, load } from "../core/states-view.js";
import { applicationLimitText } from "./application-limit-texts.js";
import { applyForm } from "./apply-form.js";
import { bodyOf, loadDraft } from "./apply-submission.js";
import { readConsent } from "./consent-field.js";
import { watchDraft } from "./draft-store.js";
import { deleteGuestDraft, GUEST, requestLink } from "./guest-api.js";
import { guestTexts as t } from "./guest-texts.js";
import { isClosed } from "./posting-view.js";
import { questionFields } from "./question-fields.js";
import { changedQuestions } from "./question-model.js";

const RESEND_PAUSE_SECONDS = 30;

export async function page(view) {
  const { id } = view.params;
  // The posting's own page is for people who are logged in, and says why a posting is closed.
  const leave = () => navigate(buildHash(`/postings/${id}`, { apply: "1" }), { replace: true });
  if (session.account) return leave();
  session.onChange(({ reason }) => reason === "logged-in" && leave(), view.signal);
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    lines: 5,
    read: () =>
      Promise.all([
        call("GET", `v1/postings/${encodeURIComponent(id)}`, { signal: view.signal }),
        readQuestions(id, view.signal),
        readConsent(id, view.signal),
      ]),
    render: ([{ body: posting }, questions, consentField]) => {
      if (isClosed(posting)) return leave();
      if (asksForFile(questions)) return showLogIn(view, posting);
      return show(view, posting, questions, () => consentField(posting.employer));
    },
  });
}

async function readQuestions(postingId, signal) {
  const { body } = await call("GET", `v1/postings/${encodeURIComponent(postingId)}/form`, { signal });
  return body.version ? { ...body, questionFields } : null;
}

// Files belong to accounts.
const asksForFile = (form) => form?.questions.some(({ kind, required }) => kind === "file" && required);

const logInHash = ({ id }) => buildHash("/log-in", { then: `#/apply/${id}` });

function showLogIn(view, posting) {
  const query = { then: `#/apply/${posting.id}` };
  showSimple(
    view,
    posting,
    t.title(posting.title),
    h("p", {}, t.needsFile),
    h(
      "div",
      { class: "form-actions" },
      link(logInHash(posting), { class: "button" }, t.logIn),
      link(buildHash("/sign-up", query), { class: "button button-quiet" }, t.signUp),
    ),
  );
}

function show(view, posting, questions, consentField) {
  const { signal } = view;
  const name = field({
    name: "name",
    label: accountTexts.name,
    hint: t.nameHint,
    autocomplete: "name",
  });
  const email = emailField({ label: accountTexts.email, hint: t.emailHint });
  const discard = button("quiet", t.discard, () => {
    deleteGuestDraft(posting.id);
    showNotice(t.discarded, "good");
    navigate(`#/postings/${posting.id}`, { replace: true });
  });
  const showSentElsewhere = () => showSimple(view, posting, t.sentTitle, h("p", {}, t.sentElsewhere));
  const content = h("div");
  const formPage = h(
    "div",
    { class: "stack guest" },
    wayBack(posting),
    heading(t.title(posting.title)),
    h("p", {}, posting.employer, h("span", { class: "soft" }, " · ", posting.location)),
    h("p", {}, t.introduction),
    h("p", {}, t.haveAccount, " ", link(logInHash(posting), {}, t.logIn)),
    posting.application_limit &&
      h("p", { class: "note" }, applicationLimitText(posting.employer, posting.application_limit)),
    h("div", { class: "card stack" }, content, h("div", {}, discard)),
  );
  // The posting may ask other questions when the form is sent. The draft keeps what was typed.
  function drawForm(asked, changed) {
    fill(
      content,
      applyForm({
        accountId: GUEST,
        postingId: posting.id,
        draft: loadDraft(GUEST, posting.id),
        questions: asked,
        changed,
        signal,
        filesField: null,
        consentField,
        firstFields: [name, email],
        questionsHeading: "h2",
        submitLabel: t.submit,
        send: async ({ draft, form, values }) => {
          const body = { ...bodyOf(draft, form), name: values.name, email: values.email };
          const answer = await requestLink(posting.id, body, signal);
          return { isKept: true, body, expiresAt: answer.body.expires_at };
        },
        onResult: (result) => showMailed(view, posting, result, showForm),
        onSentElsewhere: showSentElsewhere,
        onFormChanged: async () => {
          const present = await readQuestions(posting.id, signal);
          if (asksForFile(present)) return showLogIn(view, posting);
          drawForm(present, changedQuestions(asked?.questions ?? [], present?.questions ?? []));
          /** @type {HTMLElement} */ (content.querySelector(".note-bad")).focus();
        },
      }),
    );
  }
  drawForm(questions, null);
  const showForm = () => {
    view.setTitle(t.title(posting.title));
    view.show(formPage);
  };
  // Also while the view after the form is shown.
  watchDraft(GUEST, posting.id, ({ isSent }) => isSent && showSentElsewhere(), signal);
  showForm();
}

function showMailed(view, posting, { body, expiresAt }, showForm) {
  const until = h("span", {});
  const result = h("p", { role: "status", class: "small" });
  const resend = button("quiet", t.resend, async () => {
    resend.disabled = true;
    try {
      const answer = await requestLink(posting.id, body, view.signal);
      draw(answer.body.expires_at);
      result.textContent = t.resent;
    } catch (error) {
      if (view.signal.aborted) return;
      result.textContent = errorText(error);
    }
    setTimeout(() => (resend.disabled = false), RESEND_PAUSE_SECONDS * 1000);
  });
  const draw = (iso) => fill(until, t.mailed(body.email, formatDateTime(iso)));
  draw(expiresAt);
  const closesFirst = posting.closes_at && new Date(posting.closes_at) < new Date(expiresAt);
  const title = heading(t.mailedTitle);
  view.setTitle(t.mailedTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      title,
      h("p", {}, until),
      closesFirst && h("p", { class: "note" }, t.closesBefore(formatDateTime(posting.closes_at))),
      h("p", { class: "soft" }, t.mailedHint),
      h(
        "div",
        { class: "form-actions" },
        resend,
        button("quiet", t.change, () => {
          showForm();
          /** @type {HTMLElement} */ (document.querySelector("[name=email]")).focus();
        }),
      ),
      result,
      h("div", {}, link(`#/postings/${posting.id}`, {}, t.back)),
    ),
  );
  title.focus();
}

function showSimple(view, posting, text, ...content) {
  const title = heading(text);
  view.setTitle(text);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      title,
      content,
      h("div", {}, link(`#/postings/${posting.id}`, {}, t.back)),
    ),
  );
  title.focus();
}

const wayBack = (posting) =>
  h(
    "p",
    { class: "way-back" },
    link(`#/postings/${posting.id}`, {}, h("span", { "aria-hidden": "true" }, "← "), t.back),
  );
