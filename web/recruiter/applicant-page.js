// An application as members review it: what the candidate sent, decisions, history, notes. With the keyboard, a
// decision leads to the next applicant of the list, who was read ahead of time.

import { consentTexts } from "../candidate/consent-texts.js";
import { presentFiles } from "../candidate/file-model.js";
import { applicantFilePath, filesView } from "../candidate/files-view.js";
import { versionOf } from "../candidate/notice-view.js";
import { relativeTimeElement } from "../candidate/posting-view.js";
import { fill, h, link } from "../core/dom.js";
import { buildHash, navigate } from "../core/router.js";
import { showNotice } from "../core/shell-view.js";
import { heading, load } from "../core/states-view.js";
import { answersView } from "./answers-view.js";
import {
  forgetApplicant,
  isRead,
  prefetchApplicant,
  readApplicant,
  reviewList,
} from "./applicants-reader.js";
import { burstsTexts } from "./bursts-texts.js";
import { burstFact } from "./bursts-view.js";
import { changesTexts } from "./changes-texts.js";
import { changesView } from "./changes-view.js";
import { isPending } from "./decision-model.js";
import { decisionPanel } from "./decision-panel.js";
import { predicted, undoLast, watchDecisions } from "./decision-submission.js";
import { decisionsView } from "./decisions-view.js";
import { applicationPath } from "./employers-api.js";
import { fileTextsView } from "./file-texts-view.js";
import { interviewersTexts } from "./interviewers-texts.js";
import { interviewersView } from "./interviewers-view.js";
import { notesView } from "./notes-view.js";
import { protectionView } from "./protection-view.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { retentionTexts } from "./retention-texts.js";
import { reviewTexts } from "./review-texts.js";
import { scorecardView } from "./scorecard-view.js";
import { shortcuts } from "./shortcuts-view.js";
import { wayBack } from "./way-back-view.js";

const t = recruiterTexts.applicant;

export async function page(view) {
  const { employer, application } = view.params;
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    // The former applicant stays on the page until the next one is read.
    lines: isRead(employer, application) ? 0 : 5,
    read: () => readApplicant(employer, application),
    render: (data) => show(view, data),
  });
}

function show(view, data) {
  const { employer: employerId } = view.params;
  const { posting, role } = data;
  const isInterviewer = role === "interviewer";
  const name = data.applicant.name || recruiterTexts.applicants.deleted;
  const list = reviewList(employerId, posting.id, view.query);
  const addressOf = (path) => buildHash(`/employers/${employerId}${path}`, Object.fromEntries(view.query));
  const facts = h("div", {});
  const decide = h("div", {});
  const history = h("div", {});
  const neighbours = h("nav", { class: "actions", "aria-label": reviewTexts.others });
  const notes = notesView({
    view,
    path: applicationPath(employerId, data.applicant.id),
    notes: data.notes,
    onChange: () => forgetApplicant(employerId, data.applicant.id),
  });
  const interviewers = interviewersView({
    view,
    path: applicationPath(employerId, data.applicant.id),
    interviewers: data.interviewers,
    members: data.members,
    posting,
    canAssign: !isInterviewer,
    onChange: redraw,
  });
  const scorecards = scorecardView({
    view,
    path: applicationPath(employerId, data.applicant.id),
    scorecards: data.scorecards,
    onChange: () => forgetApplicant(employerId, data.applicant.id),
  });
  const protection =
    role === "owner" &&
    protectionView({
      view,
      employerId,
      path: applicationPath(employerId, data.applicant.id),
      applicant: { id: data.applicant.id, name },
      postingId: posting.id,
      onChange: redraw,
      onErased: () => {
        forgetApplicant(employerId, data.applicant.id);
        navigate(addressOf(`/postings/${posting.id}/applicants`));
      },
    });
  /** @type {ReturnType<typeof decisionPanel>} */
  let panel;

  function draw({ applicant, events }) {
    const shown = predicted(applicant);
    const hadFocus = decide.contains(document.activeElement);
    panel = isInterviewer
      ? null
      : decisionPanel({ view, applicant: shown, events, posting, role, hash: location.hash });
    fill(facts, factsOf(shown, posting));
    fill(decide, panel?.element);
    fill(history, section(t.history, historyOf(events, posting, data.members)));
    if (hadFocus) decide.querySelector("h2")?.focus();
  }

  async function redraw() {
    forgetApplicant(employerId, data.applicant.id);
    try {
      data = await readApplicant(employerId, data.applicant.id);
    } catch {
      // The page keeps its content. A decision that comes too late is refused.
    }
    if (!view.signal.aborted) draw(data);
  }

  async function go(step, atEnd) {
    const other = await list.neighbour(data.applicant, step).catch(() => null);
    if (view.signal.aborted) return;
    if (other) navigate(addressOf(`/applications/${other.id}`), { replace: true });
    else showNotice(atEnd);
  }
  const next = () => go(1, reviewTexts.isLast);
  const previous = () => go(-1, reviewTexts.isFirst);
  const onUndo = ({ hash }) => location.hash !== hash && navigate(hash, { replace: true });

  function undo() {
    const undone = undoLast();
    if (undone) onUndo(undone);
    else showNotice(reviewTexts.nothingToUndo);
  }

  // Previous and next are links, which also work without a keyboard.
  async function showNeighbours() {
    const [before, after] = await Promise.all([
      list.neighbour(data.applicant, -1),
      list.neighbour(data.applicant, 1),
    ]);
    if (view.signal.aborted) return;
    const toOther = (one, text) =>
      one && h("a", { href: addressOf(`/applications/${one.id}`), class: "button button-quiet" }, text);
    fill(neighbours, toOther(before, reviewTexts.previous), toOther(after, reviewTexts.next));
    if (after) prefetchApplicant(employerId, after.id);
  }

  watchDecisions((changed) => {
    if (changed?.applicationId !== data.applicant.id) return;
    if (isPending(changed)) draw(data);
    else redraw();
  }, view.signal);
  const decisionKeys = [
    { key: "a", text: reviewTexts.keys.advance, run: () => panel?.advance(next) },
    { key: "r", text: reviewTexts.keys.reject, run: () => panel?.reject(next) },
    { key: "u", text: reviewTexts.keys.undo, run: undo },
  ];
  const help = shortcuts(view, [
    ...(isInterviewer ? [] : decisionKeys),
    { key: "n", text: reviewTexts.keys.note, run: () => notes.focus() },
    { key: "j", text: reviewTexts.keys.next, run: next },
    { key: "k", text: reviewTexts.keys.previous, run: previous },
  ]);
  const { applicant } = data;
  const { answers = [] } = applicant;
  const pathOf = applicantFilePath(applicationPath(employerId, applicant.id));
  // Files that answer questions are shown there.
  const files = presentFiles(applicant.files ?? []).filter(
    (file) => !answers.some(({ answer }) => answer === file.id),
  );
  draw(data);
  view.setTitle(name);
  view.show(
    h(
      "div",
      { class: "row" },
      isInterviewer
        ? wayBack(`#/employers/${employerId}`, interviewersTexts.back)
        : wayBack(addressOf(`/postings/${posting.id}/applicants`), t.back),
      neighbours,
    ),
    decisionsView(view, onUndo),
    h(
      "div",
      { class: "review" },
      h(
        "div",
        { class: "stack" },
        heading(name),
        h("p", { class: "soft" }, applicant.title),
        facts,
        section(
          t.letter,
          applicant.cover_letter
            ? h("div", { class: "letter card", dir: "auto" }, applicant.cover_letter)
            : h("p", { class: "soft" }, t.noLetter),
        ),
        answersView(applicant, { pathOf, signal: view.signal }),
        files.length > 0 && section(t.files, filesView({ files, pathOf, signal: view.signal })),
        applicant.links.length > 0 && section(t.links, linkList(applicant.links)),
        applicant.files?.length > 0 &&
          fileTextsView({ view, path: applicationPath(employerId, applicant.id) }),
        changesView({
          view,
          path: applicationPath(employerId, applicant.id),
          events: data.events,
          labels: Object.fromEntries(answers.map(({ id, label }) => [id, label])),
          pathOf,
        }),
      ),
      h(
        "div",
        { class: "stack" },
        decide,
        interviewers,
        scorecards,
        notes.element,
        history,
        protection,
        h("p", {}, help),
      ),
    ),
  );
  // The page is shown even if its neighbours cannot be read.
  showNeighbours().catch(() => {});
}

const section = (title, content) => h("section", { class: "stack" }, h("h2", {}, title), content);

function factsOf(applicant, posting) {
  const stage = posting.stages.find((one) => one.id === applicant.stage);
  const rows = [
    [t.stage, applicant.withdrawn_at ? t.withdrawn : (stage?.name ?? applicant.stage)],
    [t.applied, relativeTimeElement(applicant.accepted_at)],
    [changesTexts.amended, applicant.amended_at && relativeTimeElement(applicant.amended_at)],
    [burstsTexts.title, burstFact(applicant)],
    [consentTexts.notice, applicant.consent ? versionOf(applicant.consent.notice) : consentTexts.none],
    [t.email, applicant.email && link(`mailto:${applicant.email}`, {}, applicant.email)],
  ];
  return h(
    "div",
    { class: "facts card" },
    h(
      "dl",
      {},
      rows
        .filter(([, value]) => value)
        .map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value))),
    ),
  );
}

const linkList = (links) =>
  h(
    "ul",
    {},
    links.map((one) => h("li", {}, link(one, {}, one))),
  );

function historyOf(events, posting, members) {
  const people = Object.fromEntries(members.map((one) => [one.account_id, one.name]));
  const names = Object.fromEntries(posting.stages.map((one) => [one.id, one.name]));
  const textOf = ({ kind, to, interviewer }) => {
    if (interviewer) return interviewersTexts.events[kind](people[interviewer] ?? t.somebody);
    const text = t.events[kind] ?? changesTexts.events[kind] ?? retentionTexts.events[kind] ?? kind;
    return typeof text === "function" ? text(names[to] ?? to) : text;
  };
  return h(
    "ol",
    { class: "history" },
    events.map((one) =>
      h(
        "li",
        {},
        textOf(one),
        one.reason && [": ", one.reason],
        " ",
        h("span", { class: "soft small" }, relativeTimeElement(one.at)),
      ),
    ),
  );
}
