// All applications of who is logged in. Those on their way change by themselves, by one question for
// all of them.

import { fill, h, link } from "../core/dom.js";
import { plural } from "../core/format.js";
import { follow } from "../core/live.js";
import { notice } from "../core/notices.js";
import { session, SessionOver } from "../core/session.js";
import { empty, failure, heading, load } from "../core/states.js";
import { texts } from "../texts.js";
import { ago, mark } from "./card.js";
import { loggedOut } from "./logged-out.js";
import { isOnItsWay, nameOf, newsOf, outlookOf, quietOf } from "./progress.js";

const t = texts.candidate.applications;
const status = texts.candidate.status;
const PAGE = 20;
// More than one answer cannot hold.
const MOST_AT_ONCE = 50;
// More news at a time are told in one sentence.
const MOST_NOTICES = 3;

export async function page(view) {
  view.title(t.title);
  const count = h("p", { class: "count", role: "status" });
  const body = h("div", { class: "results-body" });
  view.show(h("div", { class: "results-head" }, heading(t.title), count), body);
  if (!session.isCandidate) return fill(body, h("p", {}, t.others));
  await load({
    signal: view.signal,
    place: (node) => fill(body, node),
    lines: 4,
    read: () => session.call("GET", pathOf({ limit: PAGE }), { signal: view.signal }),
    render: ({ body: found }) => show(view, found, body, count),
  });
}

const pathOf = (query) => `v1/applications?${new URLSearchParams(query)}`;

async function show(view, found, body, count) {
  const rows = new Map();
  const list = h("ol", { class: "applications" });
  const trouble = h("div", { role: "status" });
  const more = h("button", { type: "button", class: "button-quiet", onclick: showMore }, t.more);
  let { next } = found;

  function append(applications) {
    const added = applications.filter((one) => !rows.has(one.id)).map(row);
    for (const one of added) rows.set(one.progress.id, one);
    list.append(...added.map((one) => one.element));
    return added;
  }

  function draw() {
    if (!rows.size) {
      return fill(body, empty(t.none, t.noneAbout, link("#/", { class: "button" }, t.toPostings)));
    }
    count.textContent = next ? t.countMore(rows.size) : plural(rows.size, t.count);
    fill(body, list, trouble, next && more);
  }

  async function showMore() {
    if (more.getAttribute("aria-busy")) return;
    more.setAttribute("aria-busy", "true");
    try {
      await load({
        signal: view.signal,
        lines: 0,
        place: (node) => fill(trouble, node),
        read: () => session.call("GET", pathOf({ limit: PAGE, cursor: next }), { signal: view.signal }),
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
      if (!view.signal.aborted) failure(view, error);
    } finally {
      more.removeAttribute("aria-busy");
    }
  }

  // What an answer says of applications; those that are new were sent in another tab.
  function learn(applications) {
    const news = [];
    for (const one of [...applications].reverse()) {
      const known = rows.get(one.id);
      if (known) {
        news.push(...newsOf(known.progress, one).map((event) => status.told[event](nameOf(one))));
        known.show(one);
      } else if (one.id > newest()) {
        const added = row(one);
        rows.set(one.id, added);
        list.prepend(added.element);
        draw();
      }
    }
    if (news.length > MOST_NOTICES) notice(plural(news.length, status.toldMany), { kind: "good" });
    else for (const text of news) notice(text, { kind: "good" });
  }

  const newest = () => [...rows.keys()].sort().at(-1) ?? "";
  const onTheirWay = () => [...rows.values()].filter((one) => isOnItsWay(one.progress));

  // As many of the newest as there have to be for the oldest that is on its way.
  function limit() {
    const ids = [...rows.keys()].sort().reverse();
    const last = ids.findLastIndex((id) => isOnItsWay(rows.get(id).progress));
    return Math.min(MOST_AT_ONCE, Math.max(PAGE, last + 1));
  }

  const common = {
    signal: view.signal,
    troubled: (error) => fill(trouble, error && h("p", { class: "note note-bad" }, status.noNews)),
  };
  const ask = (path) => (etag) =>
    session.call("GET", path(), { headers: etag ? { "If-None-Match": etag } : {}, signal: view.signal });

  async function followAll() {
    await follow({
      ...common,
      quiet: onTheirWay().length ? Math.min(...onTheirWay().map((one) => quietOf(one.progress))) : 0,
      read: ask(() => pathOf({ limit: limit() })),
      changed: ({ applications }) => {
        learn(applications);
        return applications.some(isOnItsWay);
      },
    });
    // What stands so far down that one answer does not reach it: one after the other, the oldest first.
    for (const one of onTheirWay().reverse()) {
      await follow({
        ...common,
        quiet: quietOf(one.progress),
        read: ask(() => `v1/applications/${one.progress.id}`),
        changed: (progress) => {
          learn([progress]);
          return isOnItsWay(progress);
        },
      });
    }
  }

  async function live() {
    fill(trouble);
    try {
      while (!view.signal.aborted) {
        await followAll();
        await seenAgain(view.signal);
      }
    } catch (error) {
      if (view.signal.aborted) return;
      if (error instanceof SessionOver) fill(trouble, loggedOut({ signal: view.signal, goOn: live }));
      else failure(view, error);
    }
  }

  append(found.applications);
  draw();
  await live();
}

// Somebody comes back to the page, perhaps from another tab where they applied.
function seenAgain(signal) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = () => {
      over.abort();
      resolve();
    };
    document.addEventListener("visibilitychange", () => !document.hidden && end(), { signal: over.signal });
    signal.addEventListener("abort", end, { signal: over.signal });
  });
}

// One application in the list. -> { element, progress, show(progress) }
function row(first) {
  const state = h("p", { class: "state-tag" });
  const outlook = h("p", { class: "soft small" });
  const one = {
    progress: first,
    element: h(
      "li",
      { class: "posting" },
      mark(first.posting?.employer ?? "?"),
      h(
        "div",
        { class: "posting-head" },
        h("h2", {}, link(`#/applications/${first.id}`, {}, nameOf(first))),
        first.posting &&
          h("p", {}, first.posting.employer, h("span", { class: "soft" }, ` · ${first.posting.location}`)),
        outlook,
      ),
      h("div", { class: "posting-pay" }, state, h("p", { class: "soft small" }, ago(first.timeline[0].at))),
    ),
    show(progress) {
      one.progress = progress;
      fill(state, h("span", { class: `tag tag-${progress.status}` }, status.names[progress.status]));
      outlook.textContent = outlookOf(progress);
      outlook.hidden = !outlook.textContent;
    },
  };
  one.show(first);
  return one;
}
