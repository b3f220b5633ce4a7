// The home of an employer: its postings, and the ways to its team and its public page.

import { h, link } from "../core/dom.js";
import { formatDeadline } from "../core/format.js";
import { emptyState, heading, load } from "../core/states-view.js";
import { listPostings, readEmployer, readRole } from "./employers-api.js";
import { pagedList } from "./paged-list-view.js";
import { stateOf } from "./posting-model.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { wayBack } from "./way-back-view.js";

const t = recruiterTexts.employer;

export async function page(view) {
  const { employer: employerId } = view.params;
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    read: async () => {
      const [employer, role] = await Promise.all([
        readEmployer(employerId, view.signal),
        readRole(employerId, view.signal),
      ]);
      // An interviewer may read the employer, but not its postings.
      const firstPage = role === "interviewer" ? null : await listPostings(employerId, "", view.signal);
      return { employer, firstPage };
    },
    render: ({ employer, firstPage }) => show(view, employer, firstPage),
  });
}

function show(view, employer, firstPage) {
  const home = `#/employers/${employer.id}`;
  view.setTitle(employer.name);
  view.show(
    wayBack("#/employers", t.back),
    h(
      "div",
      { class: "stack" },
      heading(employer.name),
      h(
        "p",
        { class: "actions" },
        firstPage && link(`${home}/postings/new`, { class: "button" }, t.newPosting),
        link(`${home}/team`, { class: "button button-quiet" }, t.team),
        h("a", { class: "button button-quiet", href: publicPage(employer) }, t.page),
      ),
      h("h2", {}, t.postings),
      firstPage ? postingList(view, home, firstPage) : h("p", {}, t.noAccess),
    ),
  );
}

const publicPage = (employer) => new URL(`jobs/${employer.slug}`, document.baseURI).href;

function postingList(view, home, firstPage) {
  if (!firstPage.postings.length) return emptyState(t.none, t.noneHint);
  return pagedList({
    view,
    firstPage,
    more: t.more,
    readPage: (cursor) => listPostings(view.params.employer, cursor, view.signal),
    toItems: ({ postings }) => postings.map((one) => postingItem(home, one)),
  });
}

function postingItem(home, posting) {
  const state = stateOf(posting);
  const title = posting.title ?? t.untitled;
  const closes = posting.state === "published" && posting.closes_at;
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
        [posting.location, closes && formatDeadline(closes)].filter(Boolean).join(" · "),
      ),
    ),
    h(
      "p",
      { class: "actions" },
      h("span", { class: `tag ${state === "published" ? "tag-good" : ""}` }, recruiterTexts.states[state]),
      posting.published_at && link(`${home}/postings/${posting.id}/applicants`, {}, t.applicants),
      link(`${home}/postings/${posting.id}`, { "aria-label": t.edit(title) }, t.editLabel),
    ),
  );
}
