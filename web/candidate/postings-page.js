// The front page: search for postings. The search is part of the address.

import { call } from "../core/api-client.js";
import { startStopwatch } from "../core/browser-features.js";
import { button, fill, h } from "../core/dom.js";
import { formatNumber, pluralize } from "../core/format.js";
import { refreshPage, setAddress } from "../core/router.js";
import { session } from "../core/session.js";
import { emptyState, heading, load, showFailure } from "../core/states-view.js";
import { texts } from "../texts.js";
import { filtersForm, searchField } from "./filters-form.js";
import { markApplied, postingCard } from "./posting-view.js";
import {
  EMPTY_SEARCH,
  filterCount,
  isEmptySearch,
  parseSearch,
  searchHash,
  searchPath,
} from "./search-model.js";

const t = texts.candidate;
const TYPING_MS = 250;
// The API's page size, and the number up to which it counts the results.
const PAGE_SIZE = 20;
const MAX_TOTAL = 1000;
// Someone who returns to a search within this time finds its list as it was.
const CACHE_MS = 300_000;
const CACHE_SIZE = 20;

const cache = new Map();
let facets = null;
// Null until a search has filters.
let activeFilters = null;
// The postings that an account has applied for.
let applied = { accountId: null, postings: new Set() };

export async function page(view) {
  const accountId = session.account?.id;
  let search = parseSearch(view.query);
  let shown = null;
  let request = null;
  let typingTimer = null;
  let wasTyped = false;
  let facetsRequest = null;

  const input = searchField({
    value: search.q,
    onInput: searchLater,
    onSubmit: () => runSearch({ replace: true }),
  });
  const title = h("h2", { id: "results-title", tabindex: "-1" }, t.open);
  const filters = filtersForm({
    search,
    onChange: (chosen) => searchFor({ ...search, ...chosen }),
    onDone: () => {
      title.focus({ preventScroll: true });
      title.scrollIntoView({ block: "start" });
    },
    signal: view.signal,
  });
  const count = h("p", { class: "count", role: "status" });
  const active = h("div", { hidden: true });
  const list = h("ul", { class: "postings" });
  const trouble = h("div");
  const more = button("quiet", t.more, showMore);
  const body = h("div", { class: "results-body" });

  function searchLater(text) {
    search = { ...search, q: text };
    clearTimeout(typingTimer);
    typingTimer = setTimeout(() => runSearch({ isTyped: true }), TYPING_MS);
  }

  function searchFor(other) {
    search = other;
    runSearch();
  }

  // Run the present search and abort the one before. Keystrokes in a row are one step of the history.
  async function runSearch({ isTyped = false, replace = false } = {}) {
    clearTimeout(typingTimer);
    setAddress(searchHash(search), { replace: (isTyped && wasTyped) || replace });
    wasTyped = isTyped;
    setTitle();
    request?.abort();
    request = new AbortController();
    const signal = AbortSignal.any([view.signal, request.signal]);
    const requested = search;
    const path = searchPath(requested);
    filters.show(search);
    showActive();
    body.setAttribute("aria-busy", "true");
    more.setAttribute("aria-disabled", "true");
    try {
      await load({
        signal,
        lines: shown ? 0 : 5,
        place: (node) => fill(body, node),
        read: () => call("GET", path, { signal }),
        render: ({ body: results, etag }) =>
          show({ ...results, search: requested, path, etag, age: startStopwatch() }),
      });
      if (!signal.aborted && !facets) await loadFacets();
    } catch (error) {
      if (signal.aborted) return;
      body.removeAttribute("aria-busy");
      count.textContent = "";
      showError(error, body);
    }
  }

  function show(results) {
    shown = results;
    addToCache(results);
    body.removeAttribute("aria-busy");
    more.removeAttribute("aria-disabled");
    showCount();
    if (!results.postings.length) return fill(body, noResults());
    fill(list, results.postings.map(createCard));
    fill(trouble);
    fill(body, list, trouble, results.next && more);
  }

  // Update a list from the cache. A list of several pages stays, so that the scroll position does.
  async function refreshList() {
    const cached = shown;
    if (cached.postings.length > PAGE_SIZE) return;
    try {
      const headers = { "If-None-Match": cached.etag };
      const {
        status,
        body: results,
        etag,
      } = await call("GET", cached.path, { headers, signal: view.signal });
      if (status === 200 && shown === cached) show({ ...cached, ...results, etag, age: startStopwatch() });
    } catch {
      // The cached list is still useful.
    }
  }

  const isAppliedFor = (id) => applied.accountId === accountId && applied.postings.has(id);
  const createCard = (posting) => postingCard(posting, isAppliedFor(posting.id));

  function showCount() {
    const { postings, total, next } = shown;
    const all = total >= MAX_TOTAL ? t.manyPostings(formatNumber(MAX_TOTAL)) : pluralize(total, t.postings);
    count.textContent = next ? t.shownOf(formatNumber(postings.length), all) : all;
  }

  const clearButton = () => button("quiet", t.clear, clearSearch);

  function noResults() {
    if (isEmptySearch(search)) return emptyState(t.noneAtAllTitle, t.noneAtAll);
    return emptyState(t.noneTitle, t.none, clearButton());
  }

  // 422: the API does not accept the search.
  function showError(error, place) {
    if (error.status !== 422) return showFailure(view, error);
    const text = texts.fields[error.errors[0]?.field] ?? t.none;
    const state = emptyState(t.rejectedTitle, text, clearButton());
    fill(place, h("div", { role: "alert" }, state));
  }

  function removeFilter(rest) {
    searchFor(rest);
    (active.querySelector("button") ?? input.input).focus();
  }

  function showActive() {
    active.hidden = !filterCount(search);
    if (activeFilters) {
      fill(active, activeFilters(search, { onRemove: removeFilter, onClear: clearSearch }));
    } else if (!active.hidden) {
      const show = (module) => {
        activeFilters = module.activeFilters;
        showActive();
      };
      // Without the list, the filters themselves show what is set.
      import("./active-filters-view.js").then(show, () => {});
    }
  }

  function clearSearch() {
    input.input.value = "";
    input.input.focus();
    searchFor(EMPTY_SEARCH);
  }

  // Append the next page of the shown list, unless another list is shown when it arrives.
  async function showMore() {
    if (more.ariaBusy || more.ariaDisabled) return;
    more.setAttribute("aria-busy", "true");
    const before = shown;
    request ??= new AbortController();
    const signal = AbortSignal.any([view.signal, request.signal]);
    try {
      await load({
        signal,
        lines: 0,
        place: (node) => fill(trouble, node),
        read: () => call("GET", searchPath(before.search, before.next), { signal }),
        render: ({ body: results }) => {
          if (shown !== before) return;
          shown = { ...before, postings: [...before.postings, ...results.postings], next: results.next };
          addToCache(shown);
          const cards = results.postings.map(createCard);
          list.append(...cards);
          fill(trouble);
          showCount();
          if (results.next) return;
          // The button disappears, so its focus moves to the first new posting.
          if (document.activeElement === more) cards[0]?.querySelector("a").focus();
          more.remove();
        },
      });
    } catch (error) {
      if (!signal.aborted) showError(error, trouble);
    } finally {
      more.removeAttribute("aria-busy");
    }
  }

  function setTitle() {
    view.setTitle(search.q.trim() ? t.searchTitle(search.q.trim()) : t.title);
  }

  function loadFacets() {
    facetsRequest ??= requestFacets().finally(() => (facetsRequest = null));
    return facetsRequest;
  }

  async function requestFacets() {
    try {
      const { body: counts } = await call("GET", "v1/postings/facets", { signal: view.signal });
      facets = counts;
      filters.showCounts(facets);
    } catch {
      // The filters work without counts. The next search requests them again.
    }
  }

  async function loadApplied() {
    if (!session.isCandidate) return;
    try {
      const { body: page } = await session.call("GET", "v1/applications?limit=50", { signal: view.signal });
      const active = page.applications.filter((one) => one.status !== "withdrawn");
      applied = { accountId, postings: new Set(active.map((one) => one.posting_id)) };
      for (const card of list.children) markApplied(card, isAppliedFor(card.dataset.posting));
    } catch {
      // The list is complete without the marks.
    }
  }

  session.onChange(({ account }) => account?.id !== accountId && refreshPage(), view.signal);
  if (facets) filters.showCounts(facets);
  showActive();
  setTitle();
  const cached = cache.get(searchPath(search));
  if (cached && cached.age() < CACHE_MS) show(cached);
  view.show(
    h(
      "div",
      { class: "hero" },
      h(
        "div",
        { class: "hero-words" },
        heading(t.headline),
        !accountId && h("p", {}, t.introduction),
        input.element,
      ),
      !accountId && applicationSteps(),
    ),
    h(
      "div",
      { class: "front" },
      filters.element,
      h(
        "section",
        { class: "results", "aria-labelledby": "results-title" },
        h("div", { class: "results-head" }, title, count),
        active,
        body,
      ),
    ),
  );
  const loading = shown ? refreshList() : runSearch({ replace: true });
  await Promise.all([loading, loadFacets(), loadApplied()]);
}

function addToCache(results) {
  cache.delete(results.path);
  cache.set(results.path, results);
  if (cache.size > CACHE_SIZE) cache.delete(cache.keys().next().value);
}

// Explains to a visitor what happens to an application.
function applicationSteps() {
  return h(
    "ol",
    { class: "steps", "aria-label": t.stepsTitle },
    t.steps.map(([step, about]) => h("li", {}, h("strong", {}, step), h("span", {}, about))),
  );
}
