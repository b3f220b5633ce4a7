// The texts of an applicant's files, read after the rest of the page is shown.

import { fill, h } from "../core/dom.js";
import { load } from "../core/states-view.js";
import { read } from "./employers-api.js";
import { fileTextsTexts as t } from "./file-texts-texts.js";

// How long to wait before looking again for texts that are not read yet, in ms.
const DELAYS_MS = [1000, 2000, 4000, 8000, 16_000, 32_000];

/** Create the section with the texts of the files of the application at a path of the API. */
export function fileTextsView({ view, path }) {
  const content = h("div", { class: "stack" });
  const { signal } = view;

  async function show(attempt = 0) {
    await load({
      signal,
      place: (node) => fill(content, node),
      // The texts that are shown stay while the others are read.
      lines: attempt ? 0 : 3,
      read: () => read(`${path}/file-texts`, signal),
      render: ({ files }) => draw(files, attempt),
    });
  }

  function draw(files, attempt) {
    const wait = DELAYS_MS[attempt];
    const isOpen = new Map(
      [...content.querySelectorAll("details")].map((one) => [one.dataset.file, one.open]),
    );
    fill(
      content,
      files.map((file, index) =>
        h(
          "details",
          { class: "card", open: isOpen.get(file.id) ?? index === 0, "data-file": file.id },
          h("summary", {}, h("bdi", {}, file.name)),
          textOf(file, wait !== undefined),
        ),
      ),
    );
    if (wait !== undefined && files.some((file) => file.state === "pending")) {
      const timer = setTimeout(() => show(attempt + 1).catch(() => {}), wait);
      signal.addEventListener("abort", () => clearTimeout(timer));
    }
  }

  // The page is shown even if the texts cannot be read.
  show().catch(() => fill(content));
  return h("section", { class: "stack" }, h("h2", {}, t.title), content);
}

function textOf(file, isExpected) {
  if (file.state === "pending") return h("p", { class: "soft" }, isExpected ? t.pending : t.later);
  if (file.state === "refused") return h("p", {}, t.refused(file.name, file.reason));
  return h(
    "div",
    { class: "stack" },
    file.pages > 0 && h("p", { class: "soft small" }, t.pages(file.pages)),
    h("div", { class: "letter", dir: "auto" }, file.text),
    file.truncated && h("p", { class: "soft" }, t.truncated),
  );
}
