// The applicants of a posting, in all stages or in one.

import { relativeTimeElement } from "../candidate/posting-view.js";
import { h, link } from "../core/dom.js";
import { buildHash } from "../core/router.js";
import { emptyState, heading, load } from "../core/states-view.js";
import { countApplicants, listApplicants, postingPath, read } from "./employers-api.js";
import { pagedList } from "./paged-list-view.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { rowShortcuts, shortcuts } from "./shortcuts-view.js";
import { wayBack } from "./way-back-view.js";

const t = recruiterTexts.applicants;
const WITHDRAWN = "withdrawn";

export async function page(view) {
  const { employer, posting: postingId } = view.params;
  const stage = view.query.get("stage") ?? "";
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    lines: 5,
    read: () =>
      Promise.all([
        read(postingPath(employer, postingId), view.signal),
        countApplicants(employer, postingId, view.signal),
        readPage(view, stage, ""),
      ]),
    render: ([posting, counts, firstPage]) => show(view, { posting, counts, stage, firstPage }),
  });
}

function readPage(view, stage, cursor) {
  const { employer, posting } = view.params;
  const filter = stage === WITHDRAWN ? { withdrawn: "true" } : stage ? { stage } : {};
  return listApplicants(employer, posting, filter, cursor, view.signal);
}

function show(view, { posting, counts, stage, firstPage }) {
  const title = posting.title ?? recruiterTexts.employer.untitled;
  const list = applicantList(view, posting, stage, firstPage);
  view.setTitle(t.of(title));
  view.show(
    wayBack(`#/employers/${view.params.employer}`, t.back),
    h(
      "div",
      { class: "stack" },
      heading(t.of(title)),
      stageLinks(view, posting, counts, stage),
      list,
      h("p", {}, shortcuts(view, rowShortcuts(list))),
    ),
  );
}

function stageLinks(view, posting, counts, present) {
  const path = `/employers/${view.params.employer}/postings/${posting.id}/applicants`;
  const all = Object.values(counts.stages).reduce((sum, one) => sum + one, 0);
  const stages = [
    ["", t.all, all],
    ...posting.stages.map((one) => [one.id, one.name, counts.stages[one.id] ?? 0]),
    [WITHDRAWN, t.withdrawn, counts.withdrawn],
  ];
  return h(
    "nav",
    { "aria-label": t.stages },
    h(
      "ul",
      { class: "stage-links" },
      stages.map(([stage, name, count]) =>
        h(
          "li",
          {},
          link(
            buildHash(path, { stage }),
            { class: "tag", "aria-current": stage === present ? "page" : null },
            name,
            ` (${count})`,
          ),
        ),
      ),
    ),
  );
}

function applicantList(view, posting, stage, firstPage) {
  if (!firstPage.applicants.length) return emptyState(t.none, t.noneHint);
  const names = Object.fromEntries(posting.stages.map((one) => [one.id, one.name]));
  return pagedList({
    view,
    firstPage,
    more: t.more,
    readPage: (cursor) => readPage(view, stage, cursor),
    toItems: ({ applicants }) => applicants.map((one) => applicantItem(view, one, names)),
  });
}

const applicantItem = (view, applicant, stageNames) =>
  h(
    "li",
    { class: "card row" },
    h(
      "h2",
      { class: "applicant-name" },
      link(
        `#/employers/${view.params.employer}/applications/${applicant.id}`,
        { "data-row": true },
        applicant.name || t.deleted,
      ),
    ),
    h(
      "p",
      { class: "actions soft small" },
      h("span", { class: "tag" }, stageNames[applicant.stage] ?? applicant.stage),
      relativeTimeElement(applicant.accepted_at),
    ),
  );
