// One posting: what it is, and applying for it.

import { call } from "../core/api.js";
import { fill, h, link } from "../core/dom.js";
import { notice } from "../core/notices.js";
import { again, hashOf } from "../core/router.js";
import { session } from "../core/session.js";
import { failure, heading, load } from "../core/states.js";
import { texts } from "../texts.js";
import { applicationFor, draftOf, renewKey } from "./applying.js";
import { applyForm } from "./apply-form.js";
import { ago, day, isClosed, mark, pay } from "./card.js";
import { isActive } from "./progress.js";
import { prose } from "./prose.js";
import { status } from "./status.js";

const t = texts.candidate;

export async function page(view) {
  const owner = session.account?.id;
  // Somebody else now, or nobody: what was shown is not theirs. A session that is over is not that:
  // what was typed stays. Shown again when the form has heard it too, and keeps nothing any more.
  session.onChange(({ account, reason }) => {
    if (reason !== "over" && account?.id !== owner) queueMicrotask(again);
  }, view.signal);
  await load({
    signal: view.signal,
    place: (node) => view.place(node),
    lines: 5,
    read: () => call("GET", `v1/postings/${encodeURIComponent(view.params.id)}`, { signal: view.signal }),
    render: ({ body: posting }) => show(view, posting),
  });
}

async function show(view, posting) {
  view.title(t.posting.title(posting.title, posting.employer));
  const title = h("h2", { id: "apply-title", tabindex: "-1" }, t.apply.title);
  const place = h("div", { class: "stack" });
  const section = h("section", { class: "apply card", "aria-labelledby": "apply-title" }, title, place);
  const toForm = h("button", { type: "button", onclick: () => goTo(title) }, t.posting.toForm);
  view.show(
    h("p", { class: "way-back" }, link("#/", {}, h("span", { "aria-hidden": "true" }, "← "), t.posting.back)),
    h(
      "div",
      { class: "posting-page" },
      h(
        "div",
        { class: "posting-title" },
        mark(posting.employer),
        h("div", {}, heading(posting.title), h("p", {}, posting.employer, h("span", { class: "soft" }, ` · ${posting.location}`))),
      ),
      h(
        "section",
        { class: "facts card", "aria-labelledby": "facts-title" },
        h("h2", { id: "facts-title" }, t.posting.facts),
        facts(posting),
        toForm,
      ),
      h(
        "section",
        { class: "about", "aria-labelledby": "about-title" },
        h("h2", { id: "about-title" }, t.posting.about),
        prose(posting.description),
      ),
      section,
    ),
  );
  // What the button above leads to is called as the section is.
  const name = (text) => {
    title.textContent = text;
    toForm.textContent = text;
  };
  try {
    await offer(view, posting, place, name);
  } catch (error) {
    if (!view.signal.aborted) failure(view, error);
  }
}

function facts(posting) {
  const closed = isClosed(posting);
  return h(
    "dl",
    {},
    [
      [t.posting.salary, pay(posting.salary)],
      [t.posting.workplace, t.workplace[posting.workplace]],
      [t.posting.employment, t.employment[posting.employment]],
      [t.posting.location, posting.location],
      [t.posting.published, ago(posting.published_at)],
      [closed ? t.posting.closed : t.posting.closes, posting.closes_at ? day(posting.closes_at) : t.posting.noClosing],
    ].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

function goTo(title) {
  title.scrollIntoView({ block: "start" });
  const control = title.parentElement.querySelector("textarea");
  (control ?? title).focus({ preventScroll: true });
}

// What there is to do about this posting, for who is looking.
async function offer(view, posting, place, name) {
  if (!session.account) {
    if (isClosed(posting)) return closed(posting, place, name);
    const then = location.hash;
    return fill(
      place,
      h("p", {}, t.apply.visitor),
      h(
        "div",
        { class: "form-actions" },
        link(hashOf("/log-in", { then }), { class: "button" }, t.apply.logIn),
        link(hashOf("/sign-up", { then }), { class: "button button-quiet" }, t.apply.signUp),
      ),
    );
  }
  if (!session.isCandidate) return fill(place, h("p", {}, t.apply.others));
  await load({
    signal: view.signal,
    lines: 2,
    place: (node) => fill(place, node),
    read: () => applicationFor(posting.id, view.signal),
    render: (progress) => {
      if (progress && isActive(progress)) follow(view, posting, place, name, progress);
      else if (isClosed(posting)) closed(posting, place, name);
      else write(view, posting, place, name, progress);
    },
  });
}

function closed(posting, place, name) {
  const draft = session.account && draftOf(session.account.id, posting.id);
  const written = draft && [draft.cover_letter, ...draft.links].filter(Boolean).join("\n\n");
  name(t.apply.closedTitle);
  fill(
    place,
    h("p", {}, t.apply.closed, " ", day(posting.closes_at), "."),
    written && h("details", { class: "unfolds" }, h("summary", {}, t.apply.written), h("div", { class: "prose" }, h("p", {}, written))),
    h("div", {}, link("#/", { class: "button button-quiet" }, t.apply.otherPostings)),
  );
}

// The form. `earlier` is an application that was withdrawn.
function write(view, posting, place, name, earlier) {
  const accountId = session.account.id;
  const draft = draftOf(accountId, posting.id);
  // The key may be that of the withdrawn one, if its answer never came here.
  if (earlier) renewKey(accountId, posting.id, draft);
  name(earlier ? t.status.applyAgain : t.posting.toForm);
  fill(
    place,
    earlier && h("p", { class: "note" }, t.apply.withdrawnBefore, " ", day(earlier.timeline.at(-1).at), ". ", t.apply.again),
    applyForm({
      accountId,
      postingId: posting.id,
      draft,
      signal: view.signal,
      sent: ({ receipt, before }) => {
        if (view.signal.aborted) return;
        const progress = before ?? asProgress(receipt, posting);
        follow(view, posting, place, name, progress, { isNew: true, isOlder: Boolean(before) });
        if (receipt) notice(t.status.told.accepted(posting.title), { kind: "good" });
      },
    }),
  );
}

// How far it is. After a withdrawal, in this tab or another, the form again.
function follow(view, posting, place, name, progress, { isNew = false, isOlder = false } = {}) {
  name(t.status.title);
  const shown = status({
    progress,
    signal: view.signal,
    changed: (now) => {
      if (!isActive(now) && !isClosed(posting)) write(view, posting, place, name, now);
    },
  });
  fill(
    place,
    isOlder && h("p", { class: "note" }, t.apply.arrivedBefore),
    shown.element,
    h("div", {}, link(`#/applications/${progress.id}`, {}, t.status.details)),
  );
  if (isNew) {
    const title = document.getElementById("apply-title");
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "start" });
  }
}

// The receipt tells of an application what its progress does at first.
function asProgress(receipt, { id, title, employer, location }) {
  return {
    id: receipt.id,
    posting_id: id,
    posting: { id, title, employer, location },
    status: "accepted",
    timeline: [{ event: "accepted", at: receipt.accepted_at }],
  };
}
