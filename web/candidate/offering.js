// What there is to do about a posting, for who is looking: log in, apply, see how far it is, or nothing.

import { readDraft } from "../core/drafts.js";
import { fill, h, link } from "../core/dom.js";
import { notice } from "../core/notices.js";
import { hashOf } from "../core/router.js";
import { session } from "../core/session.js";
import { failure, load } from "../core/states.js";
import { texts } from "../texts.js";
import { applicationFor, draftOf, renewKey } from "./applying.js";
import { applyForm } from "./apply-form.js";
import { day, isClosed } from "./card.js";
import { isActive } from "./progress.js";
import { status } from "./status.js";

const t = texts.candidate;

// Puts it in `place`; name(text) is told what it is. isNews: something was there already.
export async function offer(view, posting, place, name, isNews = false) {
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
  const hadFocus = place.contains(document.activeElement);
  try {
    await load({
      signal: view.signal,
      lines: 2,
      place: (node) => fill(place, node),
      read: () => applicationFor(posting.id, view.signal),
      render: (progress) => {
        // A draft that is left then is of what was typed since.
        const isOlder = isNews && readDraft(session.account.id, posting.id);
        if (progress && isActive(progress)) follow(view, posting, place, name, progress, isOlder);
        else if (isClosed(posting)) closed(posting, place, name);
        else write(view, posting, place, name, progress);
        if (hadFocus) goToTitle();
      },
    });
  } catch (error) {
    if (!view.signal.aborted) failure(view, error);
  }
}

function goToTitle() {
  const title = document.getElementById("apply-title");
  title.focus({ preventScroll: true });
  title.scrollIntoView({ block: "start" });
}

function closed(posting, place, name) {
  const draft = session.account && draftOf(session.account.id, posting.id);
  const written = draft && [draft.cover_letter, ...draft.links].filter(Boolean).join("\n\n");
  name(t.apply.closedTitle);
  fill(
    place,
    h("p", {}, t.apply.closed, " ", day(posting.closes_at), "."),
    written &&
      h(
        "details",
        { class: "unfolds" },
        h("summary", {}, t.apply.written),
        h("div", { class: "prose" }, h("p", {}, written)),
      ),
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
    earlier &&
      h(
        "p",
        { class: "note" },
        t.apply.withdrawnBefore,
        " ",
        day(earlier.timeline.at(-1).at),
        ". ",
        t.apply.again,
      ),
    applyForm({
      accountId,
      postingId: posting.id,
      draft,
      signal: view.signal,
      sent: ({ receipt, isTaken, before }) => {
        if (view.signal.aborted) return;
        const progress = before ?? asProgress(receipt, posting);
        follow(view, posting, place, name, progress, before || receipt.repeat);
        goToTitle();
        if (isTaken) notice(t.status.told.accepted(posting.title), { kind: "good" });
      },
      sentElsewhere: () => offer(view, posting, place, name, true),
    }),
  );
}

// How far it is. After a withdrawal, in this tab or another, the form again. isOlder: something was
// typed since.
function follow(view, posting, place, name, progress, isOlder) {
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
