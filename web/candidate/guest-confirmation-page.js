// The page of the e-mailed link. It shows what was typed; nothing is sent before a button is pressed,
// because programs open the links of e-mails, too, and somebody else may have typed the address.

import { showLinkExpired } from "../accounts/link-expired-view.js";
import { setPasswordView } from "../accounts/set-password-view.js";
import { fill, h, link } from "../core/dom.js";
import { form } from "../core/form-view.js";
import { formatDateTime } from "../core/format.js";
import { buildHash } from "../core/router.js";
import { session } from "../core/session.js";
import { heading, load } from "../core/states-view.js";
import { applicationTexts } from "./application-texts.js";
import { saveReceipt } from "./draft-store.js";
import { adoptSession, confirmPending, deleteGuestDraft, readPending } from "./guest-api.js";
import { guestTexts as t } from "./guest-texts.js";
import { employerMark } from "./posting-view.js";
import { receiptTexts } from "./receipt-texts.js";
import { RetryStopped, retryUntilAnswered } from "./retry-view.js";

export async function page(view) {
  const { id, token } = view.params;
  try {
    await load({
      signal: view.signal,
      place: view.showPlaceholder,
      lines: 5,
      read: () => readPending(token, view.signal),
      render: ({ body }) => (body.receipt ? showSent(view, body, body.receipt) : show(view, body)),
    });
  } catch (error) {
    if (!showExpired(view, error, id)) throw error;
  }
}

function showExpired(view, error, postingId) {
  const again = link(`#/apply/${postingId}`, { class: "button" }, t.applyAgain);
  return showLinkExpired(view, error, [again], t.expired);
}

function show(view, pending) {
  const { signal } = view;
  const { posting } = pending;
  const present = session.account?.email;
  const trouble = h("div", { class: "trouble" });
  const submit = async () => {
    fill(trouble);
    const body = { token: view.params.token, open_session: !session.account };
    const answer = await retryUntilAnswered(() => confirmPending(body, signal), {
      signal,
      place: (node) => fill(trouble, node),
    });
    deleteGuestDraft(posting.id);
    // Without a session, the application is sent nevertheless.
    if (answer.body.session) await adoptSession().catch(() => {});
    if (!signal.aborted) showSent(view, pending, answer.body.receipt);
  };
  const onError = (error) => {
    if (signal.aborted) return true;
    if (error instanceof RetryStopped) {
      fill(trouble, h("p", { class: "note note-bad", role: "status" }, applicationTexts.retry.stopped));
      return true;
    }
    if (error.slug === "application-limit-reached") {
      fill(trouble, h("p", { class: "note note-bad", role: "alert" }, error.detail));
      return true;
    }
    return showExpired(view, error, posting.id);
  };
  view.setTitle(t.confirmTitle);
  view.show(
    h(
      "div",
      { class: "stack guest" },
      heading(t.confirmTitle),
      h(
        "div",
        { class: "posting-title" },
        employerMark(posting.employer),
        h(
          "div",
          {},
          h("h2", {}, posting.title),
          h("p", {}, posting.employer, h("span", { class: "soft" }, " · ", posting.location)),
        ),
      ),
      h("p", {}, t.confirm(posting.employer, formatDateTime(pending.expires_at))),
      present &&
        present !== pending.email &&
        h("p", { class: "note" }, t.otherAccount(present, pending.email)),
      h("section", { class: "card stack facts" }, typedFacts(pending), typedContent(pending)),
      form({
        fields: [{ element: trouble }],
        submitLabel: t.confirmSubmit,
        onSubmit: submit,
        problemTexts: {
          "posting-closed": t.closed,
          "posting-not-found": t.removed,
          "form-changed": t.confirmFormChanged,
          "invalid-answers": t.confirmFormChanged,
          "account-cannot-apply": t.cannotApply,
        },
        onError,
      }),
    ),
  );
}

const typedFacts = ({ name, email }) =>
  h(
    "dl",
    {},
    h("div", {}, h("dt", {}, t.name), h("dd", {}, name)),
    h("div", {}, h("dt", {}, t.email), h("dd", {}, email)),
  );

function typedContent({ application: { cover_letter: letter = "", links = [] }, answers }) {
  return [
    h("h3", {}, t.coverLetter),
    letter
      ? h("div", { class: "prose" }, h("p", { dir: "auto" }, letter))
      : h("p", { class: "soft" }, t.noCoverLetter),
    links.length > 0 && [
      h("h3", {}, t.links),
      h(
        "ul",
        { class: "plain-list" },
        links.map((one) => h("li", {}, link(one, {}, one))),
      ),
    ],
    answers.length > 0 && [
      h("h3", {}, t.answers),
      h(
        "dl",
        {},
        answers.map(({ label, text }) =>
          h("div", {}, h("dt", {}, label), h("dd", { class: "prose" }, h("p", { dir: "auto" }, text))),
        ),
      ),
    ],
  ];
}

function showSent(view, { posting, email }, receipt) {
  const { account } = session;
  const isOwn = account?.email === email;
  if (isOwn) saveReceipt(account.id, receipt.id, receipt.receipt);
  const address = `#/applications/${receipt.id}`;
  const title = heading(t.sentTitle);
  view.setTitle(t.sentTitle);
  view.show(
    h(
      "div",
      { class: "stack narrow" },
      title,
      h("p", {}, t.sent(posting.title, posting.employer, formatDateTime(receipt.accepted_at))),
      receipt.repeat && h("p", { class: "note" }, t.repeated),
      isOwn
        ? [
            h("div", { class: "form-actions" }, link(address, { class: "button" }, t.follow)),
            !account.has_password && [h("p", {}, t.password(email)), setPasswordView(view)],
          ]
        : [
            h("p", {}, t.logInToFollow(email)),
            h(
              "div",
              { class: "form-actions" },
              link(buildHash("/log-in", { then: address, email }), { class: "button" }, t.logIn),
              link("#/forgotten-password", { class: "button button-quiet" }, t.setPassword),
            ),
          ],
      h(
        "details",
        { class: "unfolds" },
        h("summary", {}, receiptTexts.ofApplication.title),
        h(
          "div",
          { class: "stack" },
          h("p", { class: "soft small" }, receiptTexts.ofApplication.hint),
          h("p", {}, h("code", { class: "small" }, receipt.receipt)),
        ),
      ),
    ),
  );
  title.focus();
}
