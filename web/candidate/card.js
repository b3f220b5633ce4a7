// What is shown of a posting wherever it appears: its card in a list, its tags, salary, dates.

import { h, link } from "../core/dom.js";
import { agoOf, dayOf, moneyOf, momentOf } from "../core/format.js";
import { texts } from "../texts.js";

const t = texts.candidate;
const SOON_MS = 8 * 86_400_000;
const HUES = 6;

export const addressOf = (posting) => `#/postings/${posting.id}`;

// As an item of a list. wasAppliedFor: by who is logged in.
export function card(posting, { wasAppliedFor = false } = {}) {
  return h(
    "li",
    { class: "posting", "data-posting": posting.id },
    mark(posting.employer),
    h(
      "div",
      { class: "posting-head" },
      h("h3", {}, link(addressOf(posting), {}, posting.title)),
      h("p", {}, posting.employer, h("span", { class: "soft" }, ` · ${posting.location}`)),
    ),
    h("p", { class: "posting-pay" }, pay(posting.salary)),
    h("p", { class: "posting-excerpt soft" }, posting.excerpt),
    tags(posting, wasAppliedFor),
    h("p", { class: "posting-date soft small" }, ago(posting.published_at)),
  );
}

// The first letters of an employer, in a colour that is always the same: something for the eye.
export function mark(employer) {
  const letters = employer
    .split(/\s+/)
    .map((word) => [...word][0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();
  const hue = [...employer].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 9973, 7) % HUES;
  return h("span", { class: `mark mark-${hue}`, "aria-hidden": "true" }, letters);
}

function tags(posting, wasAppliedFor = false) {
  return h(
    "ul",
    { class: "tags" },
    h("li", { class: "tag" }, t.workplace[posting.workplace]),
    h("li", { class: "tag" }, t.employment[posting.employment]),
    closesSoon(posting) && h("li", { class: "tag tag-soon" }, t.closes(agoOf(posting.closes_at))),
    wasAppliedFor && appliedTag(),
  );
}

// Marks a card that is shown already, when it became known whether its posting was applied for.
export function markApplied(item, wasAppliedFor) {
  const tag = item.querySelector(".tag-good");
  if (wasAppliedFor && !tag) item.querySelector(".tags").append(appliedTag());
  if (!wasAppliedFor) tag?.remove();
}

const appliedTag = () => h("li", { class: "tag tag-good" }, t.applied);

export const pay = (salary) =>
  salary
    ? [h("strong", {}, moneyOf(salary)), h("span", { class: "soft small" }, ` ${t.aYear}`)]
    : h("span", { class: "soft" }, t.noSalary);

export const ago = (iso) => h("time", { datetime: iso, title: momentOf(iso) }, agoOf(iso));

export const day = (iso) => h("time", { datetime: iso, title: momentOf(iso) }, dayOf(iso));

export const isClosed = (posting, now = Date.now()) =>
  Boolean(posting.closes_at) && new Date(posting.closes_at).getTime() <= now;

function closesSoon(posting) {
  return (
    posting.closes_at && !isClosed(posting) && new Date(posting.closes_at).getTime() - Date.now() < SOON_MS
  );
}
