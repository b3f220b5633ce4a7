// Parts that show a posting: the card in a list, the mark of its employer, salary and dates.

import { serverNow } from "../core/api-client.js";
import { h, link } from "../core/dom.js";
import {
  formatDateTime,
  formatDay,
  formatDeadline,
  formatPay,
  formatRelative,
  lastMinute,
} from "../core/format.js";
import { firstCharacter } from "../core/text-model.js";
import { texts } from "../texts.js";

const t = texts.candidate;
const CLOSES_SOON_MS = 8 * 86_400_000;
const MARK_COLOURS = 6;

/** A posting as an item of a list. */
export function postingCard(posting, isAppliedFor = false) {
  return h(
    "li",
    { class: "posting", "data-posting": posting.id },
    employerMark(posting.employer),
    h(
      "div",
      { class: "posting-head" },
      h("h3", {}, link(`#/postings/${posting.id}`, {}, posting.title)),
      h("p", {}, posting.employer, h("span", { class: "soft" }, " · ", posting.location)),
    ),
    h("p", { class: "posting-pay" }, payText(posting)),
    h("p", { class: "posting-excerpt soft", dir: "auto" }, posting.excerpt),
    h(
      "ul",
      { class: "tags" },
      h("li", { class: "tag" }, t.workplace[posting.workplace]),
      h("li", { class: "tag" }, t.employment[posting.employment]),
      closesSoon(posting) &&
        h("li", { class: "tag tag-soon" }, t.closes(formatRelative(lastMinute(posting.closes_at)))),
      isAppliedFor && appliedTag(),
    ),
    h("p", { class: "posting-date soft small" }, relativeTimeElement(posting.published_at)),
  );
}

/** Add or remove the tag "You applied" of a card. */
export function markApplied(card, isAppliedFor) {
  const tag = card.querySelector(".tag-good");
  if (isAppliedFor && !tag) card.querySelector(".tags").append(appliedTag());
  if (!isAppliedFor) tag?.remove();
}

const appliedTag = () => h("li", { class: "tag tag-good" }, t.applied);

/** The initials of an employer, in a colour that is always the same for its name. */
export function employerMark(employer) {
  const initials = employer.split(/\s+/).map(firstCharacter).slice(0, 2).join("").toUpperCase();
  const hash = [...employer].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 9973, 7);
  return h("span", { class: `mark mark-${hash % MARK_COLOURS}`, "aria-hidden": "true" }, initials);
}

/** The pay of a posting. Older postings have a yearly `salary` instead. */
export function payText({ pay, salary }) {
  const shown = pay ?? (salary && { ...salary, min: salary.least, max: salary.most, period: "year" });
  return shown
    ? [h("strong", {}, formatPay(shown)), h("span", { class: "soft small" }, ` ${t.each(shown.period)}`)]
    : h("span", { class: "soft" }, t.noSalary);
}

export const relativeTimeElement = (iso) => timeElement(iso, formatRelative(iso));

export const dayElement = (iso) => timeElement(iso, formatDay(iso));

export const deadlineElement = (iso) => timeElement(iso, formatDeadline(iso));

const timeElement = (iso, text) => h("time", { datetime: iso, title: formatDateTime(iso) }, text);

export const isClosed = (posting, now = serverNow()) =>
  Boolean(posting.closes_at) && new Date(posting.closes_at).getTime() <= now;

const closesSoon = (posting) =>
  posting.closes_at &&
  !isClosed(posting) &&
  new Date(posting.closes_at).getTime() - serverNow() < CLOSES_SOON_MS;
