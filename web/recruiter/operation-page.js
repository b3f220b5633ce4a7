// A bulk move or rejection: its progress, and the result for each application.

import { showActionError } from "../accounts/log-in-dialog.js";
import { relativeTimeElement } from "../candidate/posting-view.js";
import { poll } from "../core/change-poller.js";
import { button, fill, h, link } from "../core/dom.js";
import { buildHash } from "../core/router.js";
import { showNotice } from "../core/shell-view.js";
import { emptyState, heading, load, showFailure } from "../core/states-view.js";
import { announce } from "./announcer-view.js";
import { bulkTexts } from "./bulk-texts.js";
import { cancelEmails, listResults, readOperation } from "./operations-api.js";
import { pagedList } from "./paged-list-view.js";
import { formatMinutes, recruiterTexts } from "./recruiter-texts.js";
import { wayBack } from "./way-back-view.js";

const t = bulkTexts.operation;

export async function page(view) {
  const { employer, operation } = view.params;
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    read: async () => (await readOperation(employer, operation, { signal: view.signal })).body,
    render: (found) => show(view, found),
  });
}

function show(view, operation) {
  const { employer } = view.params;
  const { kind } = operation.action;
  const status = h("div", { class: "stack" });
  const emails = h("div", { class: "stack" });
  const results = h("div", { class: "stack" });
  let isShown = false;

  function draw(present) {
    fill(status, progressView(present));
    fill(
      emails,
      emailsView(view, present, () => draw({ ...present, emails_cancelled: true })),
    );
    // Results are read once when all are there. Until then, only the first page is shown.
    if (isShown && present.waiting) return;
    isShown = true;
    showResults(view, results);
  }

  view.setTitle(t.title[kind]);
  view.show(
    wayBack(`#/employers/${employer}/postings/${operation.posting_id}/applicants`, t.back),
    h(
      "div",
      { class: "stack" },
      heading(t.title[kind]),
      h(
        "p",
        { class: "soft" },
        operation.actor && `${t.by(operation.actor)}, `,
        relativeTimeElement(operation.created_at),
      ),
      status,
      emails,
      h("h2", {}, t.results),
      outcomeLinks(view, operation),
      results,
    ),
  );
  draw(operation);
  if (operation.waiting) follow(view, draw);
}

async function follow(view, draw) {
  const { employer, operation } = view.params;
  try {
    await poll({
      signal: view.signal,
      read: (etag) => readOperation(employer, operation, { signal: view.signal, etag }),
      onChange: (present) => {
        draw(present);
        if (!present.waiting) announce(t.done[present.action.kind](present.done));
        return present.waiting > 0;
      },
    });
  } catch (error) {
    if (!view.signal.aborted) showFailure(view, error);
  }
}

function progressView({ action, total, waiting, done, not_done: notDone, failed }) {
  const ended = total - waiting;
  const told = action.kind === "move" ? t.notMoved : t.notTold;
  return [
    h("progress", { max: total, value: ended, "aria-label": t.progress }),
    h("p", {}, h("strong", {}, t.count(ended, total)), " ", waiting > 0 && t.running),
    h(
      "ul",
      {},
      [
        t.done[action.kind](done),
        ...Object.entries(notDone).map(([reason, count]) => told(reason, count)),
        failed > 0 && t.failed(failed),
        waiting > 0 && t.waiting(waiting),
      ]
        .filter(Boolean)
        .map((text) => h("li", {}, text)),
    ),
  ];
}

function emailsView(view, operation, onCancelled) {
  const { action } = operation;
  if (action.kind !== "reject" || !action.send_email) return null;
  if (operation.emails_cancelled) return h("p", {}, t.emailsCancelled);
  const minutes = action.send_after_minutes;
  return [
    h("p", {}, bulkTexts.sentAfter(minutes && formatMinutes(minutes))),
    h("div", {}, button("quiet", t.cancelEmails, cancel)),
  ];

  async function cancel() {
    try {
      const { cancelled, sent } = await cancelEmails(view.params.employer, operation.id);
      if (view.signal.aborted) return;
      onCancelled();
      showNotice(t.cancelled(cancelled, sent));
    } catch (error) {
      showActionError(error);
    }
  }
}

function outcomeLinks(view, operation) {
  const path = `/employers/${view.params.employer}/operations/${operation.id}`;
  const present = view.query.get("outcome") ?? "";
  return h(
    "nav",
    { "aria-label": t.filters },
    h(
      "ul",
      { class: "stage-links" },
      Object.entries(t.outcomes).map(([outcome, text]) =>
        h(
          "li",
          {},
          link(
            buildHash(path, { outcome }),
            { class: "tag", "aria-current": outcome === present ? "page" : null },
            text,
          ),
        ),
      ),
    ),
  );
}

function showResults(view, place) {
  const { employer, operation } = view.params;
  const readPage = (cursor) =>
    listResults(employer, operation, view.query.get("outcome") ?? "", cursor, view.signal);
  return load({
    signal: view.signal,
    lines: place.hasChildNodes() ? 0 : 3,
    place: (node) => fill(place, node),
    read: () => readPage(""),
    render: (firstPage) =>
      fill(
        place,
        firstPage.results.length
          ? pagedList({ view, firstPage, readPage, more: t.more, toItems: (page) => page.results.map(item) })
          : emptyState(t.noResults, ""),
      ),
  }).catch((error) => showFailure(view, error));

  function item(result) {
    const text = [
      t.outcomes[result.outcome],
      result.detail && `: ${result.detail}`,
      result.email && `. ${t.emailStates[result.email]}.`,
    ];
    const name = result.name || recruiterTexts.applicants.deleted;
    return h(
      "li",
      { class: "card row" },
      h("h3", {}, result.name ? link(`#/employers/${employer}/applications/${result.id}`, {}, name) : name),
      h("p", { class: "soft small" }, text),
    );
  }
}
