// A privacy notice, unfolded to read it.

import { call } from "../core/api-client.js";
import { fill, h } from "../core/dom.js";
import { errorText, load } from "../core/states-view.js";
import { consentTexts as t } from "./consent-texts.js";
import { descriptionView } from "./description-view.js";

/** Read the notice that candidates of a posting agree to. */
export async function readNotice(postingId, signal) {
  const path = `v1/postings/${encodeURIComponent(postingId)}/privacy-notice`;
  return (await call("GET", path, { signal })).body;
}

/** Return the name of a version: "Version 3", or "Standard text". */
export const versionOf = (noticeId) =>
  noticeId.startsWith("default-") ? t.standard : t.own(noticeId.split("-").at(-1));

/** Return a notice that was read. */
export const noticeDetails = (summary, text) =>
  h("details", { class: "unfolds" }, h("summary", {}, summary), descriptionView(text));

/** Return a notice that is read when it is unfolded. */
export function noticeView({ summary, noticeId, signal }) {
  const content = h("div", { class: "stack" });
  const details = h("details", { class: "unfolds" }, h("summary", {}, summary), content);
  const read = async () => {
    if (!details.open) return;
    try {
      await load({
        signal,
        lines: 3,
        place: (node) => fill(content, node),
        read: () => call("GET", `v1/privacy-notices/${encodeURIComponent(noticeId)}`, { signal }),
        render: ({ body }) => fill(content, descriptionView(body.text)),
      });
    } catch (error) {
      if (!signal.aborted) fill(content, h("p", { class: "note note-bad" }, errorText(error)));
    }
  };
  details.addEventListener("toggle", read);
  return details;
}
