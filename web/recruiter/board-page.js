// The applicants of a posting as a board: a column for each stage. A move is shown at once, and taken back if
// it was not carried out. A phone shows one column at a time.

import { h, link } from "../core/dom.js";
import { field } from "../core/form-view.js";
import { buildHash } from "../core/router.js";
import { showNotice } from "../core/shell-view.js";
import { heading, load } from "../core/states-view.js";
import { sendDecision } from "./applicant-submission.js";
import { boardColumn } from "./board-column-view.js";
import { boardTexts as t } from "./board-texts.js";
import { commandBetween, formerStage, isPending } from "./decision-model.js";
import { undoLast, watchDecisions } from "./decision-submission.js";
import { decisionsView } from "./decisions-view.js";
import {
  applicationPath,
  countApplicants,
  listApplicants,
  postingPath,
  read,
  readRole,
} from "./employers-api.js";
import { openMoveDialog } from "./move-dialog.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { openRejectDialog } from "./reject-dialog.js";
import { reviewTexts } from "./review-texts.js";
import { neighbourIndex } from "./shortcuts-model.js";
import { shortcuts } from "./shortcuts-view.js";
import { wayBack } from "./way-back-view.js";

const PAGE_SIZE = "20";

export async function page(view) {
  const { employer, posting } = view.params;
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    read: () =>
      Promise.all([
        read(postingPath(employer, posting), view.signal),
        countApplicants(employer, posting, view.signal),
        readRole(employer, view.signal),
      ]),
    render: ([found, counts, role]) => show(view, found, counts, role),
  });
}

function show(view, posting, counts, role) {
  const { employer: employerId } = view.params;
  const { stages } = posting;
  const isProposing = role === "hiring_manager";
  const title = posting.title ?? recruiterTexts.employer.untitled;
  const columns = stages.map((stage) =>
    boardColumn({
      view,
      stage,
      count: counts.stages[stage.id] ?? 0,
      readPage: (cursor) =>
        listApplicants(employerId, posting.id, { stage: stage.id, limit: PAGE_SIZE }, cursor, view.signal),
      onMove: (_column, applicant) => chooseStage(applicant),
      onDrop: (id, stageId) => {
        const column = columnWith(id);
        if (column && column.stage.id !== stageId) move(column.find(id), stageId);
      },
    }),
  );
  const columnOf = (stageId) => columns.find((one) => one.stage.id === stageId);
  const columnWith = (id) => columns.find((one) => one.find(id));

  const chooseStage = (applicant) =>
    openMoveDialog({
      view,
      name: nameOf(applicant),
      stages,
      from: applicant.stage,
      isProposing,
      onChoose: (stageId) => move(applicant, stageId),
    });

  async function move(applicant, stageId) {
    const command = commandBetween(stages, applicant.stage, stageId);
    if (!command) return showNotice(t.notThere);
    const path = applicationPath(employerId, applicant.id);
    const hash = buildHash(`/employers/${employerId}/applications/${applicant.id}`);
    const send = (name, to, body = {}) =>
      sendDecision({ employerId, applicant, stages, command: name, to, body, hash });
    if (command === "rejection") {
      openRejectDialog({
        view,
        path,
        name: nameOf(applicant),
        onReject: (values) => send(command, stageId, values),
      });
    } else if (command === "reinstatement") {
      const { events } = await read(`${path}/events`, view.signal).catch(() => ({ events: [] }));
      if (!view.signal.aborted) send(command, formerStage(stages, events));
    } else if (command === "hire" && isProposing) {
      send("hire-proposal", applicant.stage);
    } else send(command, stageId);
  }

  // Show an applicant in a stage, wherever it was.
  function place(applicant, stageId, state) {
    for (const column of columns) if (column.stage.id !== stageId) column.take(applicant.id);
    columnOf(stageId)?.put(applicant, state);
  }

  watchDecisions(async (changed) => {
    const applicant = changed && columnWith(changed.applicationId)?.find(changed.applicationId);
    if (!applicant) return;
    if (isPending(changed)) return place(applicant, changed.to, changed.state);
    if (changed.state === "done") return place(applicant, changed.to, "");
    // Somebody else may have moved the application.
    const path = applicationPath(employerId, applicant.id);
    const { stage } = await read(path, view.signal).catch(() => ({ stage: changed.from }));
    if (!view.signal.aborted) place(applicant, stage, "");
  }, view.signal);

  const board = h(
    "div",
    { class: "board" },
    columns.map((one) => one.element),
  );
  const picker = field({
    name: "stage",
    label: t.stage,
    options: stages.map((one) => [one.id, one.name]),
    value: view.query.get("stage") ?? stages[0].id,
  });
  const phone = matchMedia("(width < 40rem)");
  function showColumns() {
    for (const column of columns) {
      const isPicked = column.stage.id === picker.value;
      column.element.classList.toggle("board-picked", isPicked);
      if (isPicked || !phone.matches) column.start();
    }
  }
  picker.input.addEventListener("change", showColumns);
  phone.addEventListener("change", showColumns, { signal: view.signal });

  const help = shortcuts(
    view,
    boardShortcuts(board, (id) => chooseStage(columnWith(id).find(id))),
  );
  view.setTitle(t.of(title));
  view.show(
    h(
      "div",
      { class: "row" },
      wayBack(`#/employers/${employerId}`, recruiterTexts.applicants.back),
      link(`#/employers/${employerId}/postings/${posting.id}/applicants`, {}, t.list),
    ),
    decisionsView(view),
    h(
      "div",
      { class: "stack" },
      heading(t.of(title)),
      h("p", { class: "soft board-hint" }, t.hint),
      h("div", { class: "board-picker" }, picker.element),
      board,
      h("p", {}, help),
    ),
  );
  showColumns();
}

const nameOf = (applicant) => applicant.name || recruiterTexts.applicants.deleted;

function boardShortcuts(board, onMove) {
  const all = (parent) => /** @type {HTMLElement[]} */ ([...parent.querySelectorAll("[data-row]")]);
  const focusedCard = () => document.activeElement?.closest(".board-card");
  const focusedColumn = () => document.activeElement?.closest(".board-column");
  const step = (by) => () => {
    const rows = all(focusedColumn() ?? board);
    const index = rows.findIndex((one) => focusedCard()?.contains(one));
    rows[neighbourIndex(index, by, rows.length)]?.focus();
  };
  const side = (by) => () => {
    const columns = [...board.children].filter((one) => all(one).length && one.offsetParent);
    const index = columns.indexOf(focusedColumn());
    const column = columns[neighbourIndex(index, by, columns.length)];
    if (column && column !== focusedColumn()) all(column)[0].focus();
  };
  const move = () => {
    const id = focusedCard()?.getAttribute("data-id");
    if (id) onMove(id);
  };
  return [
    { key: "j", text: t.keys.down, run: step(1), repeats: true },
    { key: "k", text: t.keys.up, run: step(-1), repeats: true },
    { key: "h", text: t.keys.left, run: side(-1), repeats: true },
    { key: "l", text: t.keys.right, run: side(1), repeats: true },
    { key: "m", text: t.keys.move, run: move },
    { key: "u", text: reviewTexts.keys.undo, run: () => undoLast() ?? showNotice(reviewTexts.nothingToUndo) },
    { key: "Enter", text: t.keys.open },
  ];
}
