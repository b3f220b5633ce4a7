// The bulk moves and rejections of a posting.

import { relativeTimeElement } from "../candidate/posting-view.js";
import { h, link } from "../core/dom.js";
import { emptyState, heading, load } from "../core/states-view.js";
import { bulkTexts } from "./bulk-texts.js";
import { listOperations } from "./operations-api.js";
import { pagedList } from "./paged-list-view.js";
import { wayBack } from "./way-back-view.js";

const t = bulkTexts.operation;

export async function page(view) {
  const { employer, posting } = view.params;
  const readPage = (cursor) => listOperations(employer, posting, cursor, view.signal);
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    read: () => readPage(""),
    render: (firstPage) => {
      view.setTitle(t.all);
      view.show(
        wayBack(`#/employers/${employer}/postings/${posting}/applicants`, t.back),
        h(
          "div",
          { class: "stack" },
          heading(t.all),
          firstPage.operations.length
            ? pagedList({
                view,
                firstPage,
                readPage,
                more: t.more,
                toItems: (page) => page.operations.map((one) => operationItem(employer, one)),
              })
            : emptyState(t.none, t.noneHint),
        ),
      );
    },
  });
}

const operationItem = (employer, one) =>
  h(
    "li",
    { class: "card row" },
    h("h2", {}, link(`#/employers/${employer}/operations/${one.id}`, {}, t.title[one.action.kind])),
    h(
      "p",
      { class: "actions soft small" },
      h("span", { class: "tag" }, t.count(one.total - one.waiting, one.total)),
      one.actor && h("span", {}, t.by(one.actor)),
      relativeTimeElement(one.created_at),
    ),
  );
