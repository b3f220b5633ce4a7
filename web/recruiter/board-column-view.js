// A stage of the board: its applicants, page by page.

import { relativeTimeElement } from "../candidate/posting-view.js";
import { button, fill, h, link } from "../core/dom.js";
import { buildHash } from "../core/router.js";
import { load, showFailure } from "../core/states-view.js";
import { boardTexts as t } from "./board-texts.js";
import { predicted } from "./decision-submission.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { reviewTexts } from "./review-texts.js";

// The type of dragged applicants, so that nothing else can be dropped.
const DRAGGED = "application/x-hirelane-applicant";

/**
 * Create a column.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {any} options.stage
 * @param {number} options.count the number of its applicants
 * @param {(cursor: string) => Promise<any>} options.readPage
 * @param {(column: any, applicant: any) => void} options.onMove opens the choice of a stage
 * @param {(applicantId: string, stageId: string) => void} options.onDrop
 */
export function boardColumn({ view, stage, count, readPage, onMove, onDrop }) {
  const title = h("h2", { tabindex: "-1" });
  const list = h("ul", { class: "board-cards" });
  const after = h("div", {});
  const element = h("section", { class: "board-column", "data-stage": stage.id }, title, list, after);
  const cards = new Map();
  let isStarted = false;

  element.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes(DRAGGED)) event.preventDefault();
  });
  element.addEventListener("drop", (event) => {
    const id = event.dataTransfer.getData(DRAGGED);
    if (!id) return;
    event.preventDefault();
    onDrop(id, stage.id);
  });

  function draw() {
    fill(title, t.column(stage.name, count));
    list.hidden = !cards.size;
  }

  function newCard(applicant, state) {
    const name = applicant.name || recruiterTexts.applicants.deleted;
    const card = h(
      "li",
      { class: "card board-card", draggable: "true", "data-id": applicant.id },
      link(
        buildHash(`/employers/${view.params.employer}/applications/${applicant.id}`, { stage: stage.id }),
        { "data-row": true, draggable: "false" },
        name,
      ),
      h(
        "p",
        { class: "row small" },
        h("span", { class: "soft" }, relativeTimeElement(applicant.accepted_at)),
        state && h("span", { class: "tag" }, reviewTexts.states[state]),
        button("", t.move, () => onMove(column, applicant), {
          class: "plain",
          "aria-label": t.moveOf(name),
        }),
      ),
    );
    card.addEventListener("dragstart", (event) => event.dataTransfer.setData(DRAGGED, applicant.id));
    return { applicant, card };
  }

  // Applicants who are on their way to another stage, or shown already, are left out.
  function append(page) {
    for (const applicant of page.applicants) {
      if (cards.has(applicant.id) || predicted(applicant).stage !== stage.id) continue;
      const entry = newCard(applicant, "");
      cards.set(applicant.id, entry);
      list.append(entry.card);
    }
    fill(
      after,
      !cards.size && !page.next && h("p", { class: "soft" }, t.none),
      page.next && button("quiet", t.more, () => readMore(page.next)),
    );
    draw();
  }

  const readMore = (cursor) =>
    load({
      signal: view.signal,
      lines: cursor ? 0 : 2,
      place: (node) => fill(after, node),
      read: () => readPage(cursor),
      render: append,
    }).catch((error) => showFailure(view, error));

  const column = {
    element,
    stage,
    /** Read the first page, unless it was read. */
    start() {
      if (!isStarted) readMore("");
      isStarted = true;
    },
    /** Return the applicant with an id, or undefined. */
    find: (id) => cards.get(id)?.applicant,
    /** Show an applicant first, with the state of the decision that led here, or at its place if it is here. */
    put(applicant, state) {
      const present = cards.get(applicant.id);
      const entry = newCard({ ...applicant, stage: stage.id }, state);
      cards.set(applicant.id, entry);
      if (present) {
        const hadFocus = present.card.contains(document.activeElement);
        present.card.replaceWith(entry.card);
        if (hadFocus) entry.card.querySelector("a").focus();
      } else {
        count += 1;
        list.prepend(entry.card);
        after.querySelector("p")?.remove();
      }
      draw();
    },
    /** Remove an applicant. If the card had the focus, focus its neighbour. */
    take(id) {
      const entry = cards.get(id);
      if (!entry) return;
      const { card } = entry;
      const next = card.nextElementSibling ?? card.previousElementSibling;
      const hadFocus = card.contains(document.activeElement);
      cards.delete(id);
      card.remove();
      count = Math.max(0, count - 1);
      if (hadFocus) (next?.querySelector("a") ?? title).focus();
      draw();
    },
  };
  draw();
  return column;
}
