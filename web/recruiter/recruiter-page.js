// The pages of the employers' area, below "#/employers". Only its visitors load it.

import { page as notFoundPage } from "../core/not-found-page.js";
import { patternOf } from "../core/router.js";

const PAGES = [
  { path: "", load: () => import("./employers-page.js") },
  { path: "/:employer", load: () => import("./employer-page.js") },
  { path: "/:employer/about", load: () => import("./employer-about-page.js") },
  { path: "/:employer/settings", load: () => import("./settings-page.js") },
  { path: "/:employer/retention", load: () => import("./retention-page.js") },
  { path: "/:employer/team", load: () => import("./team-page.js") },
  { path: "/:employer/postings/:posting", load: () => import("./posting-editor-page.js") },
  { path: "/:employer/postings/:posting/board", load: () => import("./board-page.js") },
  { path: "/:employer/postings/:posting/applicants", load: () => import("./applicants-page.js") },
  { path: "/:employer/postings/:posting/operations", load: () => import("./operations-page.js") },
  { path: "/:employer/operations/:operation", load: () => import("./operation-page.js") },
  { path: "/:employer/applications/:application", load: () => import("./applicant-page.js") },
].map(({ path, load }) => ({ pattern: patternOf(path), load }));

export async function page(view) {
  const rest = view.params.rest ?? "";
  for (const { pattern, load } of PAGES) {
    const match = pattern.exec(rest);
    if (!match) continue;
    const module = await load();
    if (!view.signal.aborted) await module.page({ ...view, params: match.groups ?? {} });
    return;
  }
  notFoundPage(view);
}
