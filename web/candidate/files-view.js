// The files of an application, each with a download.

import { button, h } from "../core/dom.js";
import { download } from "../core/downloads.js";
import { formatSize } from "../core/file-size.js";
import { showNotice } from "../core/shell-view.js";
import { filesTexts } from "./files-texts.js";

/** The path of the link to a file of one's own. */
export const ownFilePath = ({ id }) => `v1/files/${encodeURIComponent(id)}/content`;

/** The path of the link to a file of an applicant. `path` is that of the application in the API. */
export const applicantFilePath =
  (path) =>
  ({ id }) =>
    `${path}/files/${encodeURIComponent(id)}/content`;

/**
 * Create the list.
 *
 * @param {{files: any[], pathOf: (file: any) => string, signal: AbortSignal}} options
 */
export const filesView = ({ files, pathOf, signal }) =>
  h(
    "ul",
    { class: "files" },
    files.map((file) =>
      h(
        "li",
        {},
        h("span", { class: "file-name", dir: "auto" }, file.name),
        h("span", { class: "hint" }, `${file.type.toUpperCase()}, ${formatSize(file.bytes)}`),
        file.question_id && h("span", { class: "hint" }, filesTexts.answer),
        downloadButton(file, pathOf, signal),
      ),
    ),
  );

/** Create the button that downloads a file. */
export function downloadButton(file, pathOf, signal) {
  const save = button("quiet", filesTexts.downloadShort, onClick, {
    "aria-label": filesTexts.download(file.name),
  });

  async function onClick() {
    save.setAttribute("aria-busy", "true");
    try {
      await download(pathOf(file), signal);
    } catch {
      if (!signal.aborted) showNotice(filesTexts.downloadFailed, "bad");
    }
    save.removeAttribute("aria-busy");
  }

  return save;
}
