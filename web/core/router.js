// Pages and their addresses, behind the hash: "#/postings/17?from=mail". The address of the document
// itself never changes, so the client works behind any prefix and from any store of files, and the
// tokens in mailed links, which stand behind the hash, are never sent to a server by a browser.

import { session } from "./session.js";

let table = [];
let main = null;
let failed = null;
let leaving = null;
let present = null;
const scrolled = new Map();

// routes: [{ path: "/postings/:id", load: () => import(...), account: true }]; a module exports
// page(view). onFailure(view, error) shows what a page let out.
export function start(routes, element, onFailure) {
  table = routes.map((route) => ({ ...route, pattern: patternOf(route.path) }));
  main = element;
  failed = onFailure;
  history.scrollRestoration = "manual";
  addEventListener("hashchange", () => show());
  return show({ first: true });
}

// Goes to another address; replace: so that "back" does not return to the present one.
export function go(hash, { replace = false } = {}) {
  if (location.hash === hash) return void show();
  if (replace) {
    history.replaceState(history.state, "", hash);
    show();
  } else {
    location.hash = hash;
  }
}

// Gives the present page another address, as a search has one for what is searched, and shows nothing.
export function rename(hash, { replace = false } = {}) {
  if (location.hash === hash) return;
  scrolled.set(present, scrollY);
  history[replace ? "replaceState" : "pushState"](history.state, "", hash);
  present = location.hash;
}

// Shows the present page again, as after logging in.
export const again = () => show();

// The path before the query, as "/postings".
export const presentPath = () => addressOf(location.hash).path;

// Whether the present page is for who is logged in.
export const isForAccounts = () => Boolean(find(presentPath()).route.account);

// "#/postings?q=baker&remote=1" from a path and an object; what is empty is left out.
export function hashOf(path, query = {}) {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  return `#${path}${search.size ? `?${search}` : ""}`;
}

async function show({ first = false } = {}) {
  if (present !== null) scrolled.set(present, scrollY);
  leaving?.abort();
  const left = (leaving = new AbortController());
  const { path, query } = addressOf(location.hash);
  const returning = scrolled.get(location.hash) ?? 0;
  present = location.hash;
  const { route, params } = find(path);
  if (route.account && !session.account) {
    return go(hashOf("/log-in", { then: location.hash }), { replace: true });
  }
  const view = viewOf(left.signal, params, query, { focus: !first, returning });
  dispatchEvent(new CustomEvent("hirelane:page", { detail: { path } }));
  try {
    const module = await route.load();
    if (!left.signal.aborted) await module.page(view);
  } catch (error) {
    if (!left.signal.aborted) failed(view, error);
  }
}

// What a page gets: its parameters, the signal of its being left, and where to show what.
function viewOf(signal, params, query, { focus, returning }) {
  let shown = false;
  return {
    params,
    query,
    signal,
    title(text) {
      document.title = text ? `${text} · Hirelane` : "Hirelane";
    },
    // Something in place of the page until it can be shown, as a skeleton.
    place(node) {
      if (!signal.aborted && !shown) main.replaceChildren(node);
    },
    // May be called again with other nodes. Only the first time moves focus and scroll.
    show(...nodes) {
      if (signal.aborted) return;
      main.replaceChildren(...nodes.filter(Boolean));
      if (shown) return;
      shown = true;
      scrollTo(0, returning);
      if (focus) (main.querySelector("h1") ?? main).focus({ preventScroll: true });
    },
  };
}

function find(path) {
  for (const route of table) {
    const found = route.pattern.exec(path);
    if (found) return { route, params: found.groups ?? {} };
  }
  return { route: table.at(-1), params: {} };
}

function addressOf(hash) {
  const [path, search = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  return { path: path || "/", query: new URLSearchParams(search) };
}

function patternOf(path) {
  return new RegExp(`^${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`);
}
