// What a candidate sent with an application: every version, read when it is opened.

import { fill, h, link } from "../core/dom.js";
import { formatDateTime } from "../core/format.js";
import { errorText, load } from "../core/states-view.js";
import { amendTexts } from "./amend-texts.js";
import { listRevisions, readRevision } from "./applications-api.js";
import { presentFiles } from "./file-model.js";
import { filesView, ownFilePath } from "./files-view.js";

const t = amendTexts;

/** Create the view of a stored application. It is read again each time it is opened. */
export function revisionsView({ view, application }) {
  return unfolding(t.sent, view.signal, async (place) => {
    await load({
      signal: view.signal,
      lines: 2,
      place,
      read: () => listRevisions(application.id, { signal: view.signal }),
      render: (revisions) => place(...revisions.toReversed().map(versionView)),
    });
  });

  function versionView({ revision, accepted_at }, index) {
    const name = t.version(revision, formatDateTime(accepted_at));
    return unfolding(index ? name : `${name} (${t.newest})`, view.signal, async (place) => {
      await load({
        signal: view.signal,
        lines: 3,
        place,
        read: () => readRevision(application.id, revision, { signal: view.signal }),
        render: (content) => place(...contentOf(content, view.signal)),
      });
    });
  }
}

const contentOf = ({ cover_letter, links, files }, signal) => [
  h("div", { class: "prose" }, h("p", { dir: "auto" }, cover_letter || t.noLetter)),
  links.length > 0 &&
    h(
      "ul",
      { "aria-label": t.links },
      links.map((one) => h("li", {}, link(one, {}, one))),
    ),
  files.length > 0 && filesView({ files: presentFiles(files), pathOf: ownFilePath, signal }),
];

// `show(place)` is called each time the details are opened.
function unfolding(summary, signal, show) {
  const content = h("div", { class: "stack" });
  const place = (...nodes) => fill(content, ...nodes);
  const details = h("details", { class: "unfolds" }, h("summary", {}, summary), content);
  details.addEventListener("toggle", async () => {
    if (!details.open) return;
    try {
      await show(place);
    } catch (error) {
      if (!signal.aborted) place(h("p", { class: "note note-bad" }, errorText(error)));
    }
  });
  return details;
}
