// The list of the candidate's applications. One request polls all that are in progress.

import { poll } from "../core/change-poller.js";
import { button, fill, h, link } from "../core/dom.js";
import { pluralize } from "../core/format.js";
import { SessionExpired, session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { emptyState, heading, load, showFailure } from "../core/states-view.js";
import {
  isInProgress,
  newNotices,
  outlookText,
  statusText,
  titleOf,
  unchangedMs,
} from "./application-model.js";
import { applicationTexts } from "./application-texts.js";
import { listApplications, readApplication } from "./applications-api.js";
import { employerMark, relativeTimeElement } from "./posting-view.js";
import { sessionExpiredView } from "./session-expired-view.js";

const t = applicationTexts.applications;
const statusTexts = applicationTexts.status;
const PAGE_SIZE = 20;
// The API's limit for one answer.
const MAX_PAGE_SIZE = 50;
// More changes at once are reported by a single notice.
const MAX_NOTICES = 3;

export async function page(view) {
  view.setTitle(t.title);
  const count = h("p", { class: "count", role: "status" });
  const body = h("div", { class: "results-body" });
  view.show(h("div", { class: "results-head" }, heading(t.title), count), body);
  if (!session.isCandidate) return fill(body, h("p", {}, t.notCandidate));
  await load({
    signal: view.signal,
    place: (node) => fill(body, node),
    lines: 4,
    read: () => listApplications({ limit: PAGE_SIZE }, { signal: view.signal }),
    render: ({ body: firstPage }) => show(view, firstPage, body, count),
  });
}

async function show(view, firstPage, body, count) {
  const { signal } = view;
  // By application id. Ids sort by time.
  const rows = new Map();
  const list = h("ol", { class: "applications" });
  const trouble = h("div", { role: "status" });
  const more = button("quiet", t.more, showMore);
  let { next } = firstPage;

  function append(applications) {
    const added = applications.filter((one) => !rows.has(one.id)).map(applicationRow);
    for (const row of added) rows.set(row.application.id, row);
    list.append(...added.map((row) => row.element));
    return added;
  }

  function draw() {
    if (!rows.size) {
      return fill(body, emptyState(t.none, t.noneHint, link("#/", { class: "button" }, t.toPostings)));
    }
    count.textContent = next ? t.countMore(rows.size) : pluralize(rows.size, t.count);
    fill(body, list, trouble, next && more);
  }

  async function showMore() {
    if (more.getAttribute("aria-busy")) return;
    more.setAttribute("aria-busy", "true");
    try {
      await load({
        signal,
        lines: 0,
        place: (node) => fill(trouble, node),
        read: () => listApplications({ limit: PAGE_SIZE, cursor: next }, { signal }),
        render: ({ body: page }) => {
          const hadFocus = document.activeElement === more;
          next = page.next;
          const added = append(page.applications);
          fill(trouble);
          draw();
          if (hadFocus) (next ? more : added[0]?.element.querySelector("a"))?.focus();
        },
      });
    } catch (error) {
      if (!signal.aborted) showFailure(view, error);
    } finally {
      more.removeAttribute("aria-busy");
    }
  }

  // Show an answer of the API. Applications newer than the list were sent in another tab.
  function update(applications) {
    const notices = [];
    for (const application of [...applications].reverse()) {
      const row = rows.get(application.id);
      if (row) {
        notices.push(...newNotices(row.application, application));
        row.show(application);
      } else if (application.id > newestId()) {
        const added = applicationRow(application);
        rows.set(application.id, added);
        list.prepend(added.element);
        draw();
      }
    }
    if (notices.length > MAX_NOTICES) showNotice(pluralize(notices.length, statusTexts.manyChanges), "good");
    else for (const text of notices) showNotice(text, "good");
  }

  const newestId = () => [...rows.keys()].sort().at(-1) ?? "";
  const inProgress = () => [...rows.values()].filter((row) => isInProgress(row.application));

  // The number of newest applications that includes the oldest one in progress.
  function pollSize() {
    const ids = [...rows.keys()].sort().reverse();
    const oldest = ids.findLastIndex((id) => isInProgress(rows.get(id).application));
    return Math.min(MAX_PAGE_SIZE, Math.max(PAGE_SIZE, oldest + 1));
  }

  const onTrouble = (error) =>
    fill(trouble, error && h("p", { class: "note note-bad" }, statusTexts.noUpdates));

  async function pollAll() {
    const unchanged = inProgress().map((row) => unchangedMs(row.application));
    await poll({
      signal,
      onTrouble,
      unchangedMs: unchanged.length ? Math.min(...unchanged) : 0,
      read: (etag) => listApplications({ limit: pollSize() }, { signal, etag }),
      onChange: ({ applications }) => {
        update(applications);
        return applications.some(isInProgress);
      },
    });
    // Applications beyond the API's page size are polled one by one, the oldest first.
    for (const row of inProgress().reverse()) {
      await poll({
        signal,
        onTrouble,
        unchangedMs: unchangedMs(row.application),
        read: (etag) => readApplication(row.application.id, { signal, etag }),
        onChange: (changed) => {
          update([changed]);
          return isInProgress(changed);
        },
      });
    }
  }

  async function keepUpdated() {
    fill(trouble);
    try {
      while (!signal.aborted) {
        await pollAll();
        await pageVisible(signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof SessionExpired)
        fill(trouble, sessionExpiredView({ signal, onLogIn: keepUpdated }));
      else showFailure(view, error);
    }
  }

  append(firstPage.applications);
  draw();
  await keepUpdated();
}

// Resolves when the page becomes visible again, because a new application may have been sent meanwhile
// in another tab; or at the signal.
function pageVisible(signal) {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const ended = new AbortController();
      const end = () => {
        ended.abort();
        resolve();
      };
      document.addEventListener("visibilitychange", () => !document.hidden && end(), {
        signal: ended.signal,
      });
      signal.addEventListener("abort", end, { signal: ended.signal });
    })
  );
}

// One row of the list: `{ element, application, show(application) }`.
function applicationRow(first) {
  const status = h("p", { class: "state-tag" });
  const outlook = h("p", { class: "soft small" });
  const row = {
    application: first,
    element: h(
      "li",
      { class: "posting" },
      employerMark(first.posting?.employer ?? "?"),
      h(
        "div",
        { class: "posting-head" },
        h("h2", {}, link(`#/applications/${first.id}`, {}, titleOf(first))),
        first.posting &&
          h("p", {}, first.posting.employer, h("span", { class: "soft" }, " · ", first.posting.location)),
        outlook,
      ),
      h(
        "div",
        { class: "posting-pay" },
        status,
        h("p", { class: "soft small" }, relativeTimeElement(first.timeline[0].at)),
      ),
    ),
    show(application) {
      row.application = application;
      const name = statusText(application);
      fill(status, h("span", { class: `tag tag-${application.status}`, dir: "auto" }, name));
      outlook.textContent = outlookText(application);
      outlook.hidden = !outlook.textContent;
    },
  };
  row.show(first);
  return row;
}
