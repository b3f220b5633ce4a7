// An application as members review it: what the candidate sent, decisions, history, notes.

import { relativeTimeElement } from "../candidate/posting-view.js";
import { h, link } from "../core/dom.js";
import { heading, load } from "../core/states-view.js";
import { decisionPanel } from "./decision-panel.js";
import { applicationPath, postingPath, read } from "./employers-api.js";
import { notesView } from "./notes-view.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { wayBack } from "./way-back-view.js";

const t = recruiterTexts.applicant;

export async function page(view) {
  const { employer, application } = view.params;
  const path = applicationPath(employer, application);
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    lines: 5,
    read: async () => {
      const [applicant, { events }, { notes }] = await Promise.all([
        read(path, view.signal),
        read(`${path}/events`, view.signal),
        read(`${path}/notes`, view.signal),
      ]);
      const posting = await read(postingPath(employer, applicant.posting_id), view.signal);
      return { applicant, events, notes, posting };
    },
    render: (data) => show(view, path, data),
  });
}

function show(view, path, { applicant, events, notes, posting }) {
  const name = applicant.name || recruiterTexts.applicants.deleted;
  view.setTitle(name);
  view.show(
    wayBack(`#/employers/${view.params.employer}/postings/${posting.id}/applicants`, t.back),
    h(
      "div",
      { class: "review" },
      h(
        "div",
        { class: "stack" },
        heading(name),
        h("p", { class: "soft" }, applicant.title),
        facts(applicant, posting),
        section(
          t.letter,
          applicant.cover_letter
            ? h("div", { class: "letter card", dir: "auto" }, applicant.cover_letter)
            : h("p", { class: "soft" }, t.noLetter),
        ),
        applicant.links.length > 0 && section(t.links, linkList(applicant.links)),
      ),
      h(
        "div",
        { class: "stack" },
        !applicant.withdrawn_at && decisionPanel({ view, path, applicant, posting }),
        section(t.history, history(events, posting)),
        notesView({ view, path, notes }),
      ),
    ),
  );
}

const section = (title, content) => h("section", { class: "stack" }, h("h2", {}, title), content);

function facts(applicant, posting) {
  const stage = posting.stages.find((one) => one.id === applicant.stage);
  const rows = [
    [t.stage, applicant.withdrawn_at ? t.withdrawn : (stage?.name ?? applicant.stage)],
    [t.applied, relativeTimeElement(applicant.accepted_at)],
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

function history(events, posting) {
  const names = Object.fromEntries(posting.stages.map((one) => [one.id, one.name]));
  const textOf = ({ kind, to }) => {
    const text = t.events[kind] ?? kind;
    return typeof text === "function" ? text(names[to] ?? to) : text;
  };
  return h(
    "ol",
    { class: "history" },
    events.map((one) =>
      h("li", {}, textOf(one), " ", h("span", { class: "soft small" }, relativeTimeElement(one.at))),
    ),
  );
}
