// The files of an applicant, each with a download.

import { filesTexts, formatSize } from "../candidate/files-texts.js";
import { button, h } from "../core/dom.js";
import { download } from "../core/downloads.js";
import { showNotice } from "../core/shell-view.js";

/** Create the list. `path` is that of the application in the API. */
export const applicantFiles = ({ files, path, signal }) =>
  h(
    "ul",
    { class: "files" },
    files.map((file) => fileItem(file, `${path}/files/${encodeURIComponent(file.id)}/content`, signal)),
  );

function fileItem({ name, type, bytes }, path, signal) {
  const save = button("quiet", filesTexts.downloadShort, onClick, {
    "aria-label": filesTexts.download(name),
  });

  async function onClick() {
    save.setAttribute("aria-busy", "true");
    try {
      await download(path, signal);
    } catch {
      if (!signal.aborted) showNotice(filesTexts.downloadFailed, "bad");
    }
    save.removeAttribute("aria-busy");
  }

  return h(
    "li",
    {},
    h("span", { class: "file-name", dir: "auto" }, name),
    h("span", { class: "hint" }, `${type.toUpperCase()}, ${formatSize(bytes)}`),
    save,
  );
}
