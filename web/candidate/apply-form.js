// The form with which one applies: a letter, links, and a draft that keeps itself.

import { hearDraft, keepDraft } from "../core/drafts.js";
import { fill, h, newId } from "../core/dom.js";
import { field, form } from "../core/forms.js";
import { session } from "../core/session.js";
import { texts } from "../texts.js";
import { apply, renewKey } from "./applying.js";
import { linksField } from "./links.js";
import { Stopped } from "./persisting.js";

const t = texts.candidate.apply;
const LONGEST_LETTER = 20_000;
const MOST_LINKS = 5;
// From here on it is said how many characters are left.
const NEARLY = 500;
const KEEP_AFTER_MS = 400;

// sent(result) gets what apply() gives; sentElsewhere() is called when another tab sent the draft.
export function applyForm({ accountId, postingId, draft, signal, sent, sentElsewhere }) {
  const letter = field({
    name: "cover_letter",
    label: t.letter,
    hint: t.letterHint,
    rows: 12,
    optional: true,
  });
  letter.input.value = draft.cover_letter;
  const count = counted(letter);
  const links = linksField({ most: MOST_LINKS, value: draft.links, changed });
  const kept = h("p", { class: "hint draft-kept" });
  const place = h("div", { class: "trouble" });
  let timer = null;
  const over = new AbortController();
  const own = AbortSignal.any([signal, over.signal]);
  let isSending = false;
  const heard = [];

  function changed() {
    count();
    draft.cover_letter = letter.value;
    draft.links = links.value;
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_AFTER_MS);
  }

  function keep() {
    clearTimeout(timer);
    timer = null;
    kept.textContent = keepDraft(accountId, postingId, draft) ? t.kept : t.notKept;
  }

  // What was typed a moment ago is kept too when the page goes.
  const flush = () => timer && keep();
  addEventListener("pagehide", flush, { signal: own });
  document.addEventListener("visibilitychange", flush, { signal: own });
  own.addEventListener("abort", flush, { once: true });
  // Not when who typed it logged out: then drafts go.
  session.onChange(({ reason }) => {
    if (reason === "out") timer = clearTimeout(timer);
  }, own);

  // What another tab did with the draft; what was typed here since counts more.
  function hear(other) {
    if (isSending) heard.push(other);
    else if (other.isSent) {
      if (timer) renewKey(accountId, postingId, draft);
      over.abort();
      sentElsewhere();
    } else if (!timer) {
      Object.assign(draft, other);
      if (letter.value !== draft.cover_letter) retype(letter.input, draft.cover_letter);
      links.value = draft.links;
      count();
      kept.textContent = t.kept;
    }
  }
  hearDraft(accountId, postingId, hear, own);

  letter.input.addEventListener("input", changed);
  if (draft.cover_letter || draft.links.length) kept.textContent = t.kept;

  function freeze(whether) {
    letter.input.readOnly = whether;
    links.freeze(whether);
  }

  return form({
    fields: [
      draft.unanswered && { element: h("p", { class: "note" }, t.unanswered) },
      letter,
      links,
      { element: place },
    ].filter(Boolean),
    action: t.send,
    quiet: kept,
    problems: { "posting-closed": t.closedMeanwhile, "posting-not-found": t.gone },
    send: async () => {
      keep();
      isSending = true;
      freeze(true);
      fill(place);
      try {
        const result = await apply({ accountId, postingId, draft, signal, place: (node) => fill(place, node) });
        over.abort();
        sent(result);
      } finally {
        freeze(false);
        isSending = false;
        // What other tabs did meanwhile.
        for (const other of heard.splice(0)) if (!own.aborted) hear(other);
      }
    },
    other: (error) => {
      if (signal.aborted) return true;
      if (!(error instanceof Stopped)) return false;
      fill(place, h("p", { class: "note note-bad", role: "status" }, texts.candidate.persisting.stopped));
      return true;
    },
  });
}

// Another text in a field, with the caret where it is in what both have in common.
function retype(input, text) {
  const { value } = input;
  const most = Math.min(value.length, text.length);
  let from = 0;
  while (from < most && value[from] === text[from]) from += 1;
  let same = 0;
  while (same < most - from && value.at(-1 - same) === text.at(-1 - same)) same += 1;
  input.setRangeText(text.slice(from, text.length - same), from, value.length - same, "preserve");
}

// How long the letter is, as the API counts: no letter is cut off. -> a function that counts again.
function counted(letter) {
  const id = newId("count");
  const shown = h("p", { id, class: "hint letter-count" });
  const left = h("p", { class: "unseen", role: "status" });
  letter.element.append(shown, left);
  letter.input.setAttribute("aria-describedby", `${letter.input.getAttribute("aria-describedby")} ${id}`);
  let timer = null;
  const count = () => {
    const { length } = [...letter.value];
    const rest = LONGEST_LETTER - length;
    shown.textContent = t.count(length, LONGEST_LETTER);
    letter.input.setCustomValidity(rest < 0 ? t.tooLong(-rest) : "");
    letter.error(letter.input.validationMessage);
    clearTimeout(timer);
    timer = setTimeout(() => (left.textContent = rest >= 0 && rest <= NEARLY ? t.left(rest) : ""), 1000);
  };
  count();
  return count;
}
