// The applicants of a posting, in all stages or in one.

import { relativeTimeElement } from "../candidate/posting-view.js";
import { h, link } from "../core/dom.js";
import { buildHash } from "../core/router.js";
import { emptyState, heading, load } from "../core/states-view.js";
import { knockOutTag } from "./answers-view.js";
import { filterOf, WITHDRAWN } from "./applicants-model.js";
import { newReviewList } from "./applicants-reader.js";
import { applicantSearch, downloadButton } from "./applicants-tools.js";
import { boardTexts } from "./board-texts.js";
import { bulkPanel } from "./bulk-panel.js";
import { bulkTexts } from "./bulk-texts.js";
import { burstTag } from "./bursts-view.js";
import { changesTexts } from "./changes-texts.js";
import { decisionsView } from "./decisions-view.js";
import { countApplicants, listApplicants, postingPath, read, readRole } from "./employers-api.js";
import { equationLine } from "./equation-view.js";
import { pagedList } from "./paged-list-view.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { rowShortcuts, shortcuts } from "./shortcuts-view.js";
import { wayBack } from "./way-back-view.js";

const t = recruiterTexts.applicants;

export async function page(view) {
  const { employer, posting: postingId } = view.params;
  const stage = view.query.get("stage") ?? "";
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    lines: 5,
    read: () =>
      Promise.all([
        readPostingAndForm(postingPath(employer, postingId), view.signal),
        countApplicants(employer, postingId, view.signal),
        readPage(view, ""),
        readRole(employer, view.signal),
      ]),
    render: ([found, counts, firstPage, role]) => show(view, { ...found, counts, stage, firstPage, role }),
  });
}

async function readPostingAndForm(path, signal) {
  const posting = await read(path, signal);
  return { posting, asked: posting.form_version ? await read(`${path}/form`, signal) : null };
}

function readPage(view, cursor) {
  const { employer, posting } = view.params;
  return listApplicants(employer, posting, filterOf(view.query), cursor, view.signal);
}

function show(view, { posting, asked, counts, stage, firstPage, role }) {
  const title = posting.title ?? recruiterTexts.employer.untitled;
  const path = `/employers/${view.params.employer}/postings/${posting.id}/applicants`;
  const bulk = ["owner", "recruiter"].includes(role) ? bulkOf(view, posting, counts, stage) : null;
  const search = applicantSearch(view, path, asked);
  const list = applicantList(view, posting, firstPage, bulk);
  view.setTitle(t.of(title));
  view.show(
    h(
      "div",
      { class: "row" },
      wayBack(`#/employers/${view.params.employer}`, t.back),
      link(`#/employers/${view.params.employer}/postings/${posting.id}/board`, {}, boardTexts.open),
    ),
    decisionsView(view),
    h(
      "div",
      { class: "stack" },
      heading(t.of(title)),
      stageLinks(view, path, posting, counts, stage),
      search.form,
      bulk?.element,
      list,
      h(
        "p",
        { class: "actions" },
        downloadButton(view, posting, role),
        shortcuts(view, [...rowShortcuts(list), search.shortcut, ...(bulk ? [bulk.shortcut] : [])]),
        bulk &&
          link(
            `#/employers/${view.params.employer}/postings/${posting.id}/operations`,
            {},
            bulkTexts.operation.all,
          ),
      ),
      equationLine(view, posting.id),
    ),
  );
}

function bulkOf(view, posting, counts, stage) {
  const { withdrawn, ...filter } = filterOf(view.query);
  const all = Object.values(counts.stages).reduce((sum, one) => sum + one, 0);
  // The number of matches of a filter is only known after the preview.
  const isFiltered = filter.q || filter.flag || filter.answer;
  const count = isFiltered ? null : stage ? (counts.stages[stage] ?? 0) : all;
  return bulkPanel({ view, posting, query: withdrawn ? null : filter, count });
}

function stageLinks(view, path, posting, counts, present) {
  const { q, flag, answer } = filterOf(view.query);
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
            buildHash(path, { stage, q, flag, answer }),
            { class: "tag", "aria-current": stage === present ? "page" : null },
            name,
            ` (${count})`,
          ),
        ),
      ),
    ),
  );
}

function applicantList(view, posting, firstPage, bulk) {
  const { q, flag, answer } = filterOf(view.query);
  if (!firstPage.applicants.length)
    return q || flag || answer ? emptyState(t.noneFound, t.noneFoundHint) : emptyState(t.none, t.noneHint);
  const names = Object.fromEntries(posting.stages.map((one) => [one.id, one.name]));
  // Reviewing goes through the same list.
  const reviewed = newReviewList(view.params.employer, posting.id, view.query);
  return pagedList({
    view,
    firstPage,
    more: t.more,
    readPage: (cursor) => readPage(view, cursor),
    toItems: (page) => {
      reviewed.add(page);
      return page.applicants.map((one) => applicantItem(view, one, names, bulk));
    },
  });
}

const applicantItem = (view, applicant, stageNames, bulk) =>
  h(
    "li",
    { class: "card row" },
    bulk?.checkbox(applicant),
    h(
      "h2",
      { class: "applicant-name" },
      link(
        buildHash(
          `/employers/${view.params.employer}/applications/${applicant.id}`,
          Object.fromEntries(view.query),
        ),
        { "data-row": true },
        applicant.name || t.deleted,
      ),
    ),
    h(
      "p",
      { class: "actions soft small" },
      applicant.knock_out && knockOutTag(),
      burstTag(applicant),
      applicant.rating && h("span", {}, recruiterTexts.scorecards.average(applicant.rating)),
      applicant.amended_at && h("span", { class: "tag" }, changesTexts.amended),
      h("span", { class: "tag" }, stageNames[applicant.stage] ?? applicant.stage),
      relativeTimeElement(applicant.accepted_at),
    ),
  );
