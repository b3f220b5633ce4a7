// Routes behind the hash, as "#/postings/17?from=mail" (docs/adr/0012-route-the-web-client-by-url-fragment.md).
// The document's own address never changes, so the client works behind any prefix and on any file
// host, and browsers never send the token of an e-mailed link to a server.

import { session } from "./session.js";

// The argument of startRouter.
let router = null;
let currentVisit = null;
let currentHash = null;
const scrollPositions = new Map();

/**
 * Show the page of the present address, and of each later one.
 *
 * @param {object} options
 * @param {{path: string, load: () => Promise<any>, style?: string, account?: boolean}[]} options.routes
 *   the last route is shown when no other matches; `account`: only for someone who is logged in
 * @param {HTMLElement} options.element holds the page
 * @param {(name: string) => Promise<any>} options.loadStyle loads the stylesheet of a route
 * @param {(view: any, error: any) => void} options.onFailure gets an error that a page threw
 */
export function startRouter(options) {
  const routes = options.routes.map((route) => ({ ...route, pattern: patternOf(route.path) }));
  router = { ...options, routes };
  history.scrollRestoration = "manual";
  addEventListener("hashchange", () => showPage());
  return showPage({ isFirst: true });
}

/** Go to another address. With `replace`, "back" does not return to the present one. */
export function navigate(hash, { replace = false } = {}) {
  if (location.hash === hash) return void showPage();
  if (replace && changeHistory("replaceState", hash)) showPage();
  else location.hash = hash;
}

/** Change the address of the present page, as a search does, without showing a page. */
export function setAddress(hash, { replace = false } = {}) {
  // With another address than the page's, the page is about to be left.
  if (location.hash === hash || location.hash !== currentHash) return;
  scrollPositions.set(currentHash, scrollY);
  changeHistory(replace ? "replaceState" : "pushState", hash);
  currentHash = location.hash;
}

/** Show the present page again, for instance after a log-in. */
export const refreshPage = () => showPage();

/** Return the path of the present address, as "/postings". */
export const currentPath = () => parseHash(location.hash).path;

/** Return whether the present page needs an account. */
export const needsAccount = () => Boolean(findRoute(currentPath()).route.account);

/** Return "#/postings?q=baker" from a path and parameters. Empty parameters are left out. */
export function buildHash(path, query = {}) {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  return `#${path}${search.size ? `?${search}` : ""}`;
}

// Safari allows 100 changes in 30 s. Return whether this one was made.
function changeHistory(method, hash) {
  try {
    history[method](history.state, "", hash);
    return true;
  } catch {
    return false;
  }
}

async function showPage({ isFirst = false } = {}) {
  if (currentHash !== null) scrollPositions.set(currentHash, scrollY);
  currentVisit?.abort();
  const visit = new AbortController();
  currentVisit = visit;
  const { path, query } = parseHash(location.hash);
  const scrollTop = scrollPositions.get(location.hash) ?? 0;
  currentHash = location.hash;
  const { route, params } = findRoute(path);
  if (route.account && !session.account) {
    return navigate(buildHash("/log-in", { then: location.hash }), { replace: true });
  }
  const view = createView(visit.signal, params, query, { focus: !isFirst, scrollTop });
  dispatchEvent(new CustomEvent("hirelane:page", { detail: { path } }));
  try {
    const [module] = await Promise.all([route.load(), route.style && router.loadStyle(route.style)]);
    if (!visit.signal.aborted) await module.page(view);
  } catch (error) {
    if (!visit.signal.aborted) router.onFailure(view, error);
  }
}

// The argument of a page. `signal` is aborted when the page is left.
function createView(signal, params, query, { focus, scrollTop }) {
  let isShown = false;
  return {
    params,
    query,
    signal,
    setTitle(text) {
      document.title = text ? `${text} · Hirelane` : "Hirelane";
    },
    // Show a placeholder, such as a skeleton, until the first call of show().
    showPlaceholder(node) {
      if (!signal.aborted && !isShown) router.element.replaceChildren(node);
    },
    // Show the page. Only the first call moves focus and scroll position.
    show(...nodes) {
      if (signal.aborted) return;
      router.element.replaceChildren(...nodes.filter(Boolean));
      if (isShown) return;
      isShown = true;
      scrollTo(0, scrollTop);
      if (focus) (router.element.querySelector("h1") ?? router.element).focus({ preventScroll: true });
    },
  };
}

function findRoute(path) {
  for (const route of router.routes) {
    const match = route.pattern.exec(path);
    if (match) return { route, params: match.groups ?? {} };
  }
  return { route: router.routes.at(-1), params: {} };
}

function parseHash(hash) {
  const [path, search = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  return { path: path || "/", query: new URLSearchParams(search) };
}

/** Return a pattern with a group for each `:name` of a path. */
export function patternOf(path) {
  return new RegExp(`^${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`);
}
