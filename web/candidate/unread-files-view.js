// The files of an application whose texts could not be read.

import { h } from "../core/dom.js";
import { unreadFilesTexts as t } from "./unread-files-texts.js";

/** Return a note about files without text, or null if there are none. */
export const unreadFilesView = (files = []) =>
  files.length
    ? h(
        "div",
        { class: "stack" },
        h("h3", {}, t.title),
        files.map((file) => h("p", {}, t.reason(file.name, file.reason))),
      )
    : null;
