// The front page: postings, searched and filtered. What is wanted stands in the address.

import { call } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { numberOf, plural } from "../core/format.js";
import { again, rename } from "../core/router.js";
import { session } from "../core/session.js";
import { empty, failure, heading, load } from "../core/states.js";
import { texts } from "../texts.js";
import { card, markApplied } from "./card.js";
import { chips } from "./chips.js";
import { filters, searchField } from "./filters.js";
import { hashOfWanted, isNothing, NOTHING, pathOf, wantedOf } from "./searching.js";

const t = texts.candidate;
const TYPING_MS = 250;
// As many as the API gives at a time.
const PAGE = 20;
// Of `total` it counts no more.
const COUNTED = 1000;
// For this long the list is found as it was left.
const FRESH_MS = 300_000;
const MOST_LEFT = 20;

const left = new Map();
let facets = null;
// The ids of the postings that somebody applied for, as far as they are known, and who that is.
let applied = { by: null, postings: new Set() };

export async function page(view) {
  const owner = session.account?.id;
  let wanted = wantedOf(view.query);
  let shown = null;
  let asking = null;
  let timer = null;
  let isTyping = false;
  let learning = null;

  const search = searchField({ value: wanted.q, typed, sent: () => ask({ isFirst: true }) });
  const title = h("h2", { id: "results-title", tabindex: "-1" }, t.open);
  const filter = filters({
    wanted,
    changed: (set) => want({ ...wanted, ...set }),
    done: () => {
      title.focus({ preventScroll: true });
      title.scrollIntoView({ block: "start" });
    },
    signal: view.signal,
  });
  const count = h("p", { class: "count", role: "status" });
  const chosen = chips({ without, clear: clearAll });
  const list = h("ul", { class: "postings" });
  const trouble = h("div");
  const more = h("button", { type: "button", class: "button-quiet", onclick: showMore }, t.more);
  const body = h("div", { class: "results-body" });

  function typed(text) {
    wanted = { ...wanted, q: text };
    clearTimeout(timer);
    timer = setTimeout(() => ask({ isTyped: true }), TYPING_MS);
  }

  function want(other) {
    wanted = other;
    ask();
  }

  // Asks for what is wanted, no longer for what was. Letter by letter is one step of the history.
  async function ask({ isTyped = false, isFirst = false } = {}) {
    clearTimeout(timer);
    rename(hashOfWanted(wanted), { replace: (isTyped && isTyping) || isFirst });
    isTyping = isTyped;
    name();
    asking?.abort();
    asking = new AbortController();
    const signal = AbortSignal.any([view.signal, asking.signal]);
    const asked = wanted;
    const path = pathOf(asked);
    filter.show(wanted);
    chosen.show(wanted);
    body.setAttribute("aria-busy", "true");
    more.setAttribute("aria-disabled", "true");
    try {
      await load({
        signal,
        lines: shown ? 0 : 5,
        place: (node) => fill(body, node),
        read: () => call("GET", path, { signal }),
        render: ({ body: found, etag }) => show({ ...found, asked, path, etag, at: Date.now() }),
      });
      if (!signal.aborted && !facets) await learnFacets();
    } catch (error) {
      if (signal.aborted) return;
      body.removeAttribute("aria-busy");
      count.textContent = "";
      refused(error, body);
    }
  }

  function show(found) {
    shown = found;
    remember(found);
    body.removeAttribute("aria-busy");
    more.removeAttribute("aria-disabled");
    tell();
    if (!found.postings.length) return fill(body, none());
    fill(list, found.postings.map(cardOf));
    fill(trouble);
    fill(body, list, trouble, found.next && more);
  }

  // What was shown before is shown at once, and asked for again unseen. Where more was loaded it stays:
  // who comes back wants to find their place.
  async function refresh() {
    const before = shown;
    if (before.postings.length > PAGE) return;
    try {
      const headers = { "If-None-Match": before.etag };
      const { status, body: found, etag } = await call("GET", before.path, { headers, signal: view.signal });
      if (status === 200 && shown === before) show({ ...before, ...found, etag, at: Date.now() });
    } catch {
      // It is shown as it was a moment ago.
    }
  }

  const wasAppliedFor = (id) => applied.by === owner && applied.postings.has(id);
  const cardOf = (posting) => card(posting, { wasAppliedFor: wasAppliedFor(posting.id) });

  function tell() {
    const { postings, total, next } = shown;
    const all = total >= COUNTED ? t.manyPostings(numberOf(COUNTED)) : plural(total, t.postings);
    count.textContent = next ? t.shownOf(numberOf(postings.length), all) : all;
  }

  function none() {
    if (isNothing(wanted)) return empty(t.noneAtAllTitle, t.noneAtAll);
    return empty(t.noneTitle, t.none, clear());
  }

  const clear = () => h("button", { type: "button", class: "button-quiet", onclick: clearAll }, t.clear);

  // The API does not take what is searched for.
  function refused(error, place) {
    if (error.status !== 422) return failure(view, error);
    const text = texts.fields[error.errors[0]?.field] ?? t.none;
    fill(place, h("div", { role: "alert" }, empty(t.refusedTitle, text, clear())));
  }

  function without(rest) {
    want(rest);
    (chosen.element.querySelector("button") ?? search.input).focus();
  }

  function clearAll() {
    search.input.value = "";
    search.input.focus();
    want(NOTHING);
  }

  // The next page of what is shown, below, unless another list is asked for; the button keeps the focus,
  // and the last time hands it to what came.
  async function showMore() {
    if (more.ariaBusy || more.ariaDisabled) return;
    more.setAttribute("aria-busy", "true");
    const before = shown;
    asking ??= new AbortController();
    const signal = AbortSignal.any([view.signal, asking.signal]);
    try {
      await load({
        signal,
        lines: 0,
        place: (node) => fill(trouble, node),
        read: () => call("GET", pathOf(before.asked, before.next), { signal }),
        render: ({ body: found }) => {
          if (shown !== before) return;
          shown = { ...before, postings: [...before.postings, ...found.postings], next: found.next };
          remember(shown);
          const added = found.postings.map(cardOf);
          list.append(...added);
          fill(trouble);
          tell();
          if (found.next) return;
          if (document.activeElement === more) added[0]?.querySelector("a").focus();
          more.remove();
        },
      });
    } catch (error) {
      if (!signal.aborted) refused(error, trouble);
    } finally {
      more.removeAttribute("aria-busy");
    }
  }

  function name() {
    view.title(wanted.q.trim() ? t.searchTitle(wanted.q.trim()) : t.title);
  }

  // How many there are of each, asked once at a time; without it the filters work all the same.
  function learnFacets() {
    learning ??= askFacets().finally(() => (learning = null));
    return learning;
  }

  async function askFacets() {
    try {
      const { body: found } = await call("GET", "v1/postings/facets", { signal: view.signal });
      facets = found;
      filter.count(facets);
    } catch {
      // Next time.
    }
  }

  async function learnApplied() {
    if (!session.isCandidate) return;
    try {
      const { body: found } = await session.call("GET", "v1/applications?limit=50", { signal: view.signal });
      const active = found.applications.filter((one) => one.status !== "withdrawn");
      applied = { by: owner, postings: new Set(active.map((one) => one.posting_id)) };
      for (const item of list.children) markApplied(item, wasAppliedFor(item.dataset.posting));
    } catch {
      // The list is right without it.
    }
  }

  session.onChange(({ account }) => account?.id !== owner && again(), view.signal);
  if (facets) filter.count(facets);
  chosen.show(wanted);
  name();
  const known = left.get(pathOf(wanted));
  if (known && Date.now() - known.at < FRESH_MS) show(known);
  view.show(
    h(
      "div",
      { class: "hero" },
      h(
        "div",
        { class: "hero-words" },
        heading(t.headline),
        !owner && h("p", {}, t.introduction),
        search.element,
      ),
      !owner && way(),
    ),
    h(
      "div",
      { class: "front" },
      filter.element,
      h(
        "section",
        { class: "results", "aria-labelledby": "results-title" },
        h("div", { class: "results-head" }, title, count),
        chosen.element,
        body,
      ),
    ),
  );
  await Promise.all([shown ? refresh() : ask({ isFirst: true }), learnFacets(), learnApplied()]);
}

function remember(found) {
  left.delete(found.path);
  left.set(found.path, found);
  if (left.size > MOST_LEFT) left.delete(left.keys().next().value);
}

// The three steps that an application takes, for who has not sent one yet.
function way() {
  return h(
    "ol",
    { class: "way", "aria-label": t.wayTitle },
    t.way.map(([step, about]) => h("li", {}, h("strong", {}, step), h("span", {}, about))),
  );
}
