// The client: which page stands at which address, and starting it.

import { failure, load, skeleton } from "./core/states.js";
import { notice } from "./core/notices.js";
import { session } from "./core/session.js";
import { again, go, isForAccounts, start } from "./core/router.js";
import { build } from "./core/shell.js";
import { texts } from "./texts.js";

// Recruiters' and operators' pages will have folders and addresses of their own: "/recruiting/...",
// "/operations/...".
const ROUTES = [
  { path: "/", load: () => import("./candidate/postings.js") },
  { path: "/postings/:id", load: () => import("./candidate/posting.js") },
  { path: "/applications", load: () => import("./candidate/applications.js"), account: true },
  { path: "/applications/:id", load: () => import("./candidate/application.js"), account: true },
  { path: "/sign-up", load: () => import("./accounts/sign-up.js") },
  { path: "/log-in", load: () => import("./accounts/log-in.js") },
  { path: "/forgotten-password", load: () => import("./accounts/forgotten-password.js") },
  // Where mailed links lead.
  { path: "/register/:token", load: () => import("./accounts/confirm.js") },
  { path: "/reset-password/:token", load: () => import("./accounts/reset-password.js") },
  { path: "/change-email/:token", load: () => import("./accounts/change-email.js"), account: true },
  { path: "/account", load: () => import("./accounts/account.js"), account: true },
  { path: "/account/second-factor", load: () => import("./accounts/second-factor.js"), account: true },
  // The last one is shown where there is no other.
  { path: "/missing", load: () => import("./core/missing.js") },
];

const RELOADED = "hirelane.reloaded";
const main = document.getElementById("main");

// A module that is gone: another version was deployed while this page was open. Loading the page again
// gets that one; not twice in a minute, should the cause be another.
function reloadsOnce(error) {
  if (!(error instanceof TypeError) || !/import|module/i.test(error.message)) return false;
  try {
    const last = Number(sessionStorage.getItem(RELOADED));
    if (!navigator.onLine || Date.now() - last < 60_000) return false;
    sessionStorage.setItem(RELOADED, String(Date.now()));
  } catch {
    // Where that cannot be remembered, it could go on for ever.
    return false;
  }
  location.reload();
  return true;
}

function failed(view, error) {
  if (!reloadsOnce(error)) failure(view, error);
}

session.onChange(({ reason }) => {
  if (reason === "over") notice(texts.states.sessionOver, { kind: "bad" });
  // Logged out, perhaps in another tab: what was shown to the account's owner goes.
  if (reason === "out" && isForAccounts()) go("#/");
  // Somebody else logged in, perhaps in another tab: what was shown was not for them.
  if (reason === "other" && isForAccounts()) {
    main.replaceChildren(skeleton());
    again();
  }
});
// Whoever comes back to a page that the browser had put aside may be somebody else, or nobody.
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
build();
const show = (...nodes) => main.replaceChildren(...nodes);
try {
  await load({
    signal: new AbortController().signal,
    place: show,
    read: session.restore,
    render: () => start(ROUTES, main, failed),
  });
} catch (error) {
  failure({ title: (text) => (document.title = text), show }, error);
  // There are no pages yet to go to.
  addEventListener("hashchange", () => location.reload());
}
