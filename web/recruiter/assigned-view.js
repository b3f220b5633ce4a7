// The applicants that are assigned to the member, and whose scorecards are missing.

import { relativeTimeElement } from "../candidate/posting-view.js";
import { h, link } from "../core/dom.js";
import { listAssigned } from "./employers-api.js";
import { interviewersTexts } from "./interviewers-texts.js";
import { pagedList } from "./paged-list-view.js";
import { recruiterTexts } from "./recruiter-texts.js";

const t = interviewersTexts.own;

/** Create the section from the first page. Without applicants it is null, except for an interviewer. */
export function assignedView(view, firstPage, isInterviewer) {
  const { employer } = view.params;
  if (!firstPage.applicants.length && !isInterviewer) return null;
  return h(
    "section",
    { class: "stack" },
    h("h2", {}, t.title),
    firstPage.applicants.length
      ? pagedList({
          view,
          firstPage,
          more: t.more,
          readPage: (cursor) => listAssigned(employer, cursor, view.signal),
          toItems: ({ applicants }) => applicants.map((one) => assignedItem(employer, one)),
        })
      : h("p", {}, t.none),
  );
}

const assignedItem = (employer, one) =>
  h(
    "li",
    { class: "card row" },
    h(
      "div",
      {},
      h(
        "h3",
        {},
        link(
          `#/employers/${employer}/applications/${one.id}`,
          {},
          one.name || recruiterTexts.applicants.deleted,
        ),
      ),
      h("p", { class: "soft small" }, one.title),
    ),
    h(
      "p",
      { class: "actions soft small" },
      one.scorecard_missing && h("span", { class: "tag tag-brand" }, t.missing),
      h("span", { class: "tag" }, one.withdrawn_at ? t.withdrawn : one.stage_name),
      relativeTimeElement(one.accepted_at),
    ),
  );
