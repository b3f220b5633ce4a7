// What a candidate changed in an application, and when. A change is read when it is opened.

import { presentFiles } from "../candidate/file-model.js";
import { downloadButton } from "../candidate/files-view.js";
import { relativeTimeElement } from "../candidate/posting-view.js";
import { fill, h } from "../core/dom.js";
import { errorText, load } from "../core/states-view.js";
import { changesTexts } from "./changes-texts.js";
import { read } from "./employers-api.js";
import { diffWords } from "./word-diff-model.js";

const t = changesTexts;

/**
 * Create the section, or return null if nothing was changed.
 *
 * @param {{view: any, path: string, events: any[], labels: Record<string, string>,
 *   pathOf: (file: any) => string}} options `path` of the application in the API, `labels` of the questions by id,
 *   `pathOf` the link to a file
 */
export function changesView({ view, path, events, labels, pathOf }) {
  const changes = events.filter((one) => one.kind === "amended").toReversed();
  if (!changes.length) return null;
  return h(
    "section",
    { class: "stack changes" },
    h("h2", {}, t.title),
    h("p", { class: "soft small" }, t.about),
    changes.map((one) => changeView(view, path, one, { labels, pathOf })),
  );
}

function changeView({ signal }, path, { revision, changed, at }, { labels, pathOf }) {
  const fileItem = (kind) => (file) => {
    const label = labels[file.question_id];
    const text = label ? t.answerFile(label, file.name) : file.name;
    return h("li", { dir: "auto" }, change(kind, text), " ", downloadButton(file, pathOf, signal));
  };
  const content = h("div", { class: "stack" });
  const parts = changed.map((one) => t.parts[one] ?? one).join(", ");
  const details = h(
    "details",
    { class: "unfolds" },
    h(
      "summary",
      {},
      t.change(revision, parts),
      " ",
      h("span", { class: "soft small" }, relativeTimeElement(at)),
    ),
    content,
  );
  const versions = () =>
    Promise.all([revision - 1, revision].map((one) => read(`${path}/revisions/${one}`, signal)));
  details.addEventListener("toggle", async () => {
    if (!details.open || content.hasChildNodes()) return;
    try {
      await load({
        signal,
        lines: 3,
        place: (node) => fill(content, node),
        read: versions,
        render: ([before, after]) => fill(content, ...differences(before, after, changed, fileItem)),
      });
    } catch (error) {
      if (signal.aborted) return;
      fill(content);
      details.open = false;
      details.after(h("p", { class: "note note-bad", role: "alert" }, errorText(error)));
    }
  });
  return details;
}

const differences = (before, after, changed, fileItem) => [
  changed.includes("cover_letter") && [
    h("h3", {}, t.letter),
    h("div", { class: "letter card", dir: "auto" }, marked(before.cover_letter, after.cover_letter)),
  ],
  changed.includes("links") && [h("h3", {}, t.links), h("ul", {}, listDifference(before.links, after.links))],
  changed.includes("answers") && [
    h("h3", {}, t.answers),
    h("ul", {}, listDifference(linesOf(before.answers), linesOf(after.answers))),
  ],
  changed.includes("files") && [h("h3", {}, t.files), filesDifference(before.files, after.files, fileItem)],
];

function filesDifference(before, after, fileItem) {
  if (!after) return h("p", { class: "soft" }, t.hiddenFiles);
  const [former, present] = [before, after].map(presentFiles);
  const without = (files, others) => files.filter((one) => !others.some((other) => other.id === one.id));
  return h(
    "ul",
    {},
    without(former, present).map(fileItem("removed")),
    without(present, former).map(fileItem("added")),
  );
}

const linesOf = (answers) => Object.values(answers ?? {}).map((one) => String(one));

function listDifference(before, after) {
  const removed = before.filter((one) => !after.includes(one));
  const added = after.filter((one) => !before.includes(one));
  return [
    removed.map((one) => h("li", { dir: "auto" }, change("removed", one))),
    added.map((one) => h("li", { dir: "auto" }, change("added", one))),
  ];
}

const marked = (before, after) =>
  diffWords(before, after).map(({ kind, text }) => (kind === "same" ? text : change(kind, text)));

// Not every screen reader says that a text was inserted or deleted.
const change = (kind, text) =>
  h(kind === "added" ? "ins" : "del", {}, h("span", { class: "unseen" }, `${t[kind]} `), text);
