// The home of an employer: its postings with the applications that wait, and the ways to its team, its
// description and its public page.

import { h, link } from "../core/dom.js";
import { formatDay, formatDeadline } from "../core/format.js";
import { heading, load } from "../core/states-view.js";
import { assignedView } from "./assigned-view.js";
import { boardTexts } from "./board-texts.js";
import { decisionsView } from "./decisions-view.js";
import {
  listAssigned,
  listPostingsWithCounts,
  read,
  readEmployer,
  readRole,
  retentionPath,
} from "./employers-api.js";
import { pagedList } from "./paged-list-view.js";
import { stateOf } from "./posting-model.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { retentionTexts } from "./retention-texts.js";
import { wayBack } from "./way-back-view.js";

const t = recruiterTexts.employer;

export async function page(view) {
  const { employer: employerId } = view.params;
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    read: async () => {
      const [employer, role, assigned] = await Promise.all([
        readEmployer(employerId, view.signal),
        readRole(employerId, view.signal),
        listAssigned(employerId, "", view.signal),
      ]);
      // An interviewer may read the employer, but not its postings.
      const [firstPage, plan] = await Promise.all([
        role === "interviewer" ? null : readPage(view, ""),
        role === "owner" ? read(retentionPath(employerId), view.signal) : null,
      ]);
      return { employer, role, assigned, firstPage, announced: plan?.announced ?? [] };
    },
    render: (data) => show(view, data),
  });
}

const readPage = (view, cursor) => listPostingsWithCounts(view.params.employer, cursor, view.signal);

function show(view, { employer, role, assigned, firstPage, announced }) {
  const home = `#/employers/${employer.id}`;
  const isOwner = role === "owner";
  const isWriter = isOwner || role === "recruiter";
  const isEmpty = firstPage && !firstPage.postings.length;
  view.setTitle(employer.name);
  view.show(
    wayBack("#/employers", t.back),
    decisionsView(view),
    h(
      "div",
      { class: "stack" },
      heading(employer.name),
      h(
        "p",
        { class: "actions" },
        isWriter && !isEmpty && link(`${home}/postings/new`, { class: "button" }, t.newPosting),
        link(`${home}/team`, { class: "button button-quiet" }, t.team),
        isWriter && link(`${home}/settings`, { class: "button button-quiet" }, t.settings),
        isOwner && link(`${home}/about`, { class: "button button-quiet" }, t.about),
        h("a", { class: "button button-quiet", href: publicPage(employer) }, t.page),
      ),
      announced.length > 0 && announcement(home, announced),
      assignedView(view, assigned, role === "interviewer"),
      firstPage && h("h2", {}, t.postings),
      isEmpty && firstSteps(home, employer, { isOwner, isWriter }),
      firstPage && !isEmpty && postingList(view, home, firstPage),
    ),
  );
}

// What the rule of retention erases soon, in one sentence.
function announcement(home, announced) {
  const count = announced.reduce((sum, one) => sum + one.count, 0);
  const day = formatDay(announced[announced.length - 1].erases_until);
  return h(
    "p",
    { class: "note" },
    retentionTexts.will(count, day),
    " ",
    link(`${home}/retention`, {}, retentionTexts.see),
  );
}

const publicPage = (employer) => new URL(`jobs/${employer.slug}`, document.baseURI).href;

// What an employer without postings can do, as far as the role allows it.
function firstSteps(home, employer, { isOwner, isWriter }) {
  const step = (href, title, text, isDone = false) =>
    h(
      "li",
      { class: "card stack" },
      h("h3", {}, link(href, {}, title), isDone && h("span", { class: "tag tag-good" }, t.isDone)),
      h("p", { class: "soft" }, text),
    );
  return h(
    "div",
    { class: "stack" },
    h("p", {}, isWriter ? t.noneHint : t.noneOfTeam),
    h(
      "ol",
      { class: "list first-steps" },
      isOwner && step(`${home}/about`, t.describe, t.describeHint, Boolean(employer.about)),
      isWriter && step(`${home}/postings/new`, t.newPosting, t.newPostingHint),
      isOwner && step(`${home}/team`, t.invite, t.inviteHint),
    ),
  );
}

const postingList = (view, home, firstPage) =>
  pagedList({
    view,
    firstPage,
    more: t.more,
    readPage: (cursor) => readPage(view, cursor),
    toItems: ({ postings, counts }) => postings.map((one) => postingItem(home, one, counts[one.id])),
  });

function postingItem(home, posting, counts) {
  const state = stateOf(posting);
  const title = posting.title ?? t.untitled;
  const closes = posting.state === "published" && posting.closes_at;
  const path = `${home}/postings/${posting.id}`;
  return h(
    "li",
    { class: "card row" },
    h(
      "div",
      {},
      h("h3", {}, title),
      h(
        "p",
        { class: "soft small" },
        [posting.location, closes && t.closes(formatDeadline(closes))].filter(Boolean).join(" · "),
      ),
    ),
    h(
      "p",
      { class: "actions" },
      counts?.new > 0 && h("span", { class: "tag tag-brand" }, t.countNew(counts.new)),
      counts && h("span", { class: "tag" }, t.countOpen(counts.open)),
      h("span", { class: `tag ${state === "published" ? "tag-good" : ""}` }, recruiterTexts.states[state]),
      counts && link(`${path}/applicants`, { "aria-label": t.applicantsOf(title) }, t.applicants),
      counts && link(`${path}/board`, { "aria-label": boardTexts.openOf(title) }, boardTexts.open),
      link(path, { "aria-label": t.edit(title) }, t.editLabel),
    ),
  );
}
