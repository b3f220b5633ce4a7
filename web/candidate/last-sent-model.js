// Pure functions for what was sent before. A draft has `prefilled`: what was taken over from an earlier
// application and not confirmed yet, `{ links?: { values, sent_at }, files?: { [id]: sent_at } }`.

import { MAX_FILES } from "./file-model.js";

/** Return whether something was sent that can be sent again. */
export const isOffered = (lastSent) => Boolean(lastSent.links.length || lastSent.files.length);

/** Return the files that can be offered beside those of a draft. None twice, and none if it is full. */
export const offeredFiles = (lastSent, files) =>
  files.length >= MAX_FILES
    ? []
    : lastSent.files.filter(({ sha256 }) => !files.some((file) => file.sha256 === sha256));

/** Return whether the links can be offered: they never replace what was typed. */
export const areLinksOffered = (lastSent, links) => Boolean(lastSent.links.length) && !links.some(Boolean);

/** Return what of `prefilled` is still in a draft as it was filled in. What was changed is confirmed. */
export function stillPrefilled(prefilled, { links, files }) {
  const ids = new Set(files.map((file) => file.id));
  const kept = Object.entries(prefilled.files ?? {}).filter(([id]) => ids.has(id));
  const areSame = JSON.stringify(prefilled.links?.values) === JSON.stringify(links);
  return {
    ...(areSame && { links: prefilled.links }),
    ...(kept.length && { files: Object.fromEntries(kept) }),
  };
}
