// Entry point: the route table, and the reactions to a changed session.

import { isOnline } from "./core/browser-features.js";
import { h } from "./core/dom.js";
import { navigate, needsAccount, refreshPage, startRouter } from "./core/router.js";
import { session } from "./core/session.js";
import { showNotice, startShell } from "./core/shell-view.js";
import { load, showFailure, skeleton } from "./core/states-view.js";
import { texts } from "./texts.js";

const ROUTES = [
  { path: "/", load: () => import("./candidate/postings-page.js") },
  { path: "/postings/:id", load: () => import("./candidate/posting-page.js"), style: "applications" },
  {
    path: "/apply/:id(/:token)?",
    load: () => import("./candidate/guest-page.js"),
    style: "applications",
  },
  {
    path: "/applications",
    load: () => import("./candidate/applications-page.js"),
    style: "application-list",
    account: true,
  },
  {
    path: "/applications/:id",
    load: () => import("./candidate/application-page.js"),
    style: "applications",
    account: true,
  },
  { path: "/profile", load: () => import("./candidate/profile-page.js"), style: "profile", account: true },
  { path: "/receipt", load: () => import("./candidate/receipt-page.js"), style: "applications" },
  { path: "/sign-up", load: () => import("./accounts/sign-up-page.js") },
  { path: "/log-in", load: () => import("./accounts/log-in-page.js") },
  { path: "/forgotten-password", load: () => import("./accounts/forgotten-password-page.js") },
  // The next four are of e-mailed links.
  { path: "/register/:token", load: () => import("./accounts/confirm-account-page.js") },
  { path: "/reset-password/:token", load: () => import("./accounts/reset-password-page.js") },
  { path: "/change-email/:token", load: () => import("./accounts/change-email-page.js"), account: true },
  {
    path: "/accept-invitation/:token",
    load: () => import("./accounts/accept-invitation-page.js"),
    account: true,
  },
  { path: "/account", load: () => import("./accounts/account-page.js"), style: "accounts", account: true },
  {
    path: "/account/second-factor",
    load: () => import("./accounts/second-factor-page.js"),
    style: "accounts",
    account: true,
  },
  {
    path: "/employers(?<rest>/.*)?",
    load: () => import("./recruiter/recruiter-page.js"),
    style: "recruiter",
    account: true,
  },
  { path: "/not-found", load: () => import("./core/not-found-page.js") },
];

const RELOADED_KEY = "hirelane.reloaded";
const RELOAD_PAUSE_MS = 60_000;
const BASE = new URL(".", import.meta.url);
const main = document.getElementById("main");

const styleLoads = new Map();

// Load the stylesheet of an area once.
function loadStyle(name) {
  if (!styleLoads.has(name)) {
    const { promise, resolve, reject } = Promise.withResolvers();
    const onerror = () => {
      styleLoads.delete(name);
      reject(new TypeError(`the stylesheet of the module is missing: ${name}`));
    };
    document.head.append(
      h("link", { rel: "stylesheet", href: `${BASE}styles/${name}.css`, onload: resolve, onerror }),
    );
    styleLoads.set(name, promise);
  }
  return styleLoads.get(name);
}

// A module that cannot be imported was removed by a deployment: reload to get the new version. At most
// once a minute, because the import may fail for another reason.
function reloadForNewVersion(error) {
  if (!(error instanceof TypeError) || !/import|module/i.test(error.message)) return false;
  try {
    const last = Number(sessionStorage.getItem(RELOADED_KEY));
    // The clock may have been set back since.
    if (!isOnline() || Math.abs(Date.now() - last) < RELOAD_PAUSE_MS) return false;
    sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
  } catch {
    // Without storage the reloads could not be limited.
    return false;
  }
  location.reload();
  return true;
}

function onPageFailure(view, error) {
  if (!reloadForNewVersion(error)) showFailure(view, error);
}

session.onChange(({ reason }) => {
  if (reason === "expired") showNotice(texts.states.sessionExpired, "bad");
  // An account's pages must not stay visible after a log-out or for another account.
  if (reason === "logged-out" && needsAccount()) navigate("#/");
  if (reason === "switched" && needsAccount()) {
    main.replaceChildren(skeleton());
    refreshPage();
  }
});
// A page from the back/forward cache may belong to an earlier session.
addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
startShell();
const show = (...nodes) => main.replaceChildren(...nodes);
try {
  await load({
    signal: new AbortController().signal,
    place: show,
    read: session.restore,
    render: () => startRouter({ routes: ROUTES, element: main, loadStyle, onFailure: onPageFailure }),
  });
} catch (error) {
  showFailure({ setTitle: (text) => (document.title = text), show }, error);
  // The router has not started, so another address needs a reload.
  addEventListener("hashchange", () => location.reload());
}
