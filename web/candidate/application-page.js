// The page of one application: its status, details and receipt, and the buttons to end it.

import { button, fill, h, link } from "../core/dom.js";
import { formatDay } from "../core/format.js";
import { showNotice } from "../core/shell-view.js";
import { heading, load } from "../core/states-view.js";
import { isolate } from "../core/text-model.js";
import { amendPanel } from "./amend-panel.js";
import { amendTexts } from "./amend-texts.js";
import { isActive, isStored, titleOf } from "./application-model.js";
import { applicationTexts } from "./application-texts.js";
import { readApplication } from "./applications-api.js";
import { consentTexts } from "./consent-texts.js";
import { noticeView } from "./notice-view.js";
import { dayElement, employerMark } from "./posting-view.js";
import { receiptView } from "./receipt-view.js";
import { revisionsView } from "./revisions-view.js";
import { statusView } from "./status-view.js";
import { unreadFilesView } from "./unread-files-view.js";
import { openEraseDialog, openWithdrawDialog } from "./withdraw-dialog.js";

const t = applicationTexts.application;

export async function page(view) {
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    lines: 4,
    read: () => readApplication(view.params.id, { signal: view.signal }),
    render: ({ body }) => show(view, body),
  });
}

function show(view, application) {
  let hasPosting = Boolean(application.posting);
  const title = h("div", { class: "posting-title" });
  const toPosting = h("p");
  const actions = h("div", { class: "form-actions" });
  const sent = h("div", {});
  let current = application;
  // They stay when the actions are drawn again, because a dialog that closes gives the focus back.
  const change = button("", amendTexts.change, openPanel);
  const withdraw = button("bad", t.withdraw, () => openWithdrawDialog(view, current, status.update));
  const panel = amendPanel({
    view,
    application,
    onSent: () => status.update(),
    onDone: () => drawActions(current),
  });
  const status = statusView({
    application,
    signal: view.signal,
    onChange: (changed) => {
      // The posting may have been unreadable before.
      if (changed.posting && !hasPosting) drawTitle(changed);
      current = changed;
      drawActions(changed);
      drawSent(changed);
    },
  });

  function drawTitle(current) {
    const { posting } = current;
    hasPosting = Boolean(posting);
    view.setTitle(isolate(titleOf(current)));
    fill(
      title,
      employerMark(posting?.employer ?? "?"),
      h(
        "div",
        {},
        heading(titleOf(current)),
        h(
          "p",
          {},
          posting ? [posting.employer, h("span", { class: "soft" }, " · ", posting.location)] : t.noPosting,
        ),
      ),
    );
    fill(toPosting, posting && link(`#/postings/${posting.id}`, {}, applicationTexts.status.toPosting));
  }

  function drawActions(current) {
    const { posting } = current;
    const hadFocus = actions.contains(document.activeElement);
    fill(
      actions,
      isActive(current) &&
        current.status !== "withdrawing" &&
        current.amendable &&
        !current.amending &&
        !panel.isOpen &&
        change,
      isActive(current) && current.status !== "withdrawing" && withdraw,
      !isActive(current) &&
        posting &&
        link(`#/postings/${posting.id}`, { class: "button" }, applicationTexts.status.applyAgain),
      isActive(current) &&
        current.status !== "withdrawing" &&
        isStored(current) &&
        !current.amendable &&
        posting &&
        h("p", { class: "soft small" }, amendTexts.notPossible),
    );
    const next = /** @type {HTMLElement} */ (actions.querySelector("a, button"));
    if (hadFocus) (next ?? document.getElementById("status-title")).focus();
  }

  function onErased() {
    showNotice(t.eraseAccepted, "good");
    location.hash = "#/applications";
  }

  function openPanel() {
    panel.open();
    drawActions(current);
  }

  // The versions are shown anew when there is another one.
  let shownRevision = null;
  function drawSent(current) {
    const revision = isStored(current) ? (current.revision ?? 1) : null;
    if (revision === shownRevision) return;
    shownRevision = revision;
    fill(
      sent,
      current.consent &&
        noticeView({
          summary: consentTexts.agreed(formatDay(current.consent.at)),
          noticeId: current.consent.notice,
          signal: view.signal,
        }),
      revisionsView({ view, application: current }),
    );
  }

  drawTitle(application);
  drawActions(application);
  drawSent(application);
  view.show(
    h(
      "p",
      { class: "way-back" },
      link("#/applications", {}, h("span", { "aria-hidden": "true" }, "← "), t.back),
    ),
    h(
      "div",
      { class: "stack" },
      h(
        "div",
        { class: "application-page" },
        title,
        h(
          "section",
          { class: "card stack", "aria-labelledby": "status-title" },
          h("h2", { id: "status-title", tabindex: "-1" }, t.progress),
          status.element,
          actions,
        ),
        h(
          "section",
          { class: "card facts", "aria-labelledby": "details-title" },
          h("h2", { id: "details-title" }, t.details),
          h(
            "dl",
            {},
            h("div", {}, h("dt", {}, t.sent), h("dd", {}, dayElement(application.timeline[0].at))),
            h(
              "div",
              {},
              h("dt", {}, t.reference),
              h("dd", {}, h("code", { class: "small" }, application.id)),
            ),
          ),
          toPosting,
          unreadFilesView(application.unread_files),
          receiptView(application, view.signal),
          sent,
          h(
            "div",
            { class: "stack" },
            h("p", { class: "soft small" }, t.eraseAbout),
            h(
              "div",
              { class: "form-actions" },
              button("bad", t.erase, () => openEraseDialog(view, current, onErased)),
            ),
          ),
        ),
      ),
      panel.element,
    ),
  );
}
