// Offers the links and files of earlier applications in the form of an application. What was taken over
// is marked until it is confirmed or changed. The cover letter is never taken over.

import { button, fill, h } from "../core/dom.js";
import { formatDay } from "../core/format.js";
import { session } from "../core/session.js";
import { areLinksOffered, isOffered, offeredFiles, stillPrefilled } from "./last-sent-model.js";
import { lastSentTexts as t } from "./last-sent-texts.js";

// Applying must not wait long for an offer.
const TIMEOUT_MS = 3000;
const ERRORS = { "file-not-found": t.missing, "too-many-requests": t.limit };

// Links of the profile were sent on no day.
const dayOf = (sentAt) => sentAt && formatDay(sentAt);

/** Read what was sent before. Return null if there is nothing, or if it cannot be read now. */
export async function readLastSent(signal) {
  try {
    const path = "v1/account/profile/last-sent";
    const { body } = await session.call("GET", path, { signal, timeoutMs: TIMEOUT_MS });
    return isOffered(body) ? body : null;
  } catch {
    return null;
  }
}

/**
 * Create the view, with the interface of `field` in core/form-view.js, `update()` and `freeze(isFrozen)`.
 *
 * @param {object} options
 * @param {any} options.lastSent
 * @param {any} options.draft `draft.prefilled` is changed in place
 * @param {any} options.links the field for links
 * @param {any} options.files the field for files
 * @param {() => void} options.onChange
 * @param {AbortSignal} options.signal
 */
export function lastSentView({ lastSent, draft, links, files, onChange, signal }) {
  // Its validity keeps the form from being sent while a file is being attached.
  const input = h("input", { type: "hidden" });
  const offers = h("div", { class: "form-actions" });
  const marks = h("ul", { class: "files" });
  const error = h("p", { class: "field-error", role: "alert", hidden: true });
  const status = h("p", { class: "unseen", role: "status" });
  const title = h("h3", { tabindex: "-1" }, t.title);
  const element = h("div", { class: "note stack" }, title, offers, marks, error, status);
  let isFrozen = false;
  let busyId = null;

  function showError(text) {
    error.hidden = !text;
    error.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    if (text && busyId) offers.querySelector("[aria-busy]")?.focus();
  }

  async function useFile(file) {
    if (busyId) return;
    busyId = file.id;
    input.setCustomValidity(t.wait);
    showError("");
    update();
    try {
      const path = `v1/files/${encodeURIComponent(file.id)}/copy`;
      const { body: copy } = await session.call("POST", path, { signal });
      const { length } = files.value;
      files.value = [...files.value, copy];
      busyId = null;
      if (files.value.length === length) return showError(t.full);
      draft.prefilled = {
        ...draft.prefilled,
        files: { ...draft.prefilled.files, [copy.id]: file.sent_at },
      };
      status.textContent = t.attached(copy.name);
      onChange();
      marks.querySelector("li:last-child button")?.focus();
    } catch (problem) {
      busyId = null;
      if (!signal.aborted) showError(ERRORS[problem.slug] ?? t.unavailable);
    } finally {
      input.setCustomValidity("");
      update();
    }
  }

  function useLinks() {
    links.value = [...lastSent.links];
    draft.prefilled = {
      ...draft.prefilled,
      links: { values: [...lastSent.links], sent_at: lastSent.links_sent_at },
    };
    status.textContent = t.filled;
    onChange();
    marks.querySelector("button")?.focus();
  }

  function confirm(prefilled) {
    draft.prefilled = prefilled;
    status.textContent = t.confirmed;
    onChange();
    (marks.querySelector("button") ?? offers.querySelector("button") ?? files.input).focus();
  }

  function mark(text, label, prefilled) {
    const yes = button("quiet", t.confirm, () => confirm(prefilled), {
      "aria-label": label,
      disabled: isFrozen,
    });
    return h("li", {}, h("span", {}, text), yes);
  }

  function linksMark({ links: own, ...rest }) {
    return own && mark(t.linksUsed(dayOf(own.sent_at)), t.confirmLinks, rest);
  }

  function fileMark(prefilled, [id, sentAt]) {
    const { [id]: _, ...others } = prefilled.files;
    const { name } = files.value.find((file) => file.id === id);
    const text = t.fileUsed(name, formatDay(sentAt));
    return mark(text, t.confirmFile(name), { ...prefilled, files: others });
  }

  function offer(text, onclick, isBusy) {
    return button("quiet", text, onclick, { disabled: isFrozen, "aria-busy": isBusy && "true" });
  }

  function update() {
    draft.prefilled = stillPrefilled(draft.prefilled, { links: links.value, files: files.value });
    const { prefilled } = draft;
    const focused = [...element.querySelectorAll("button")].indexOf(document.activeElement);
    fill(
      offers,
      offeredFiles(lastSent, files.value).map((file) =>
        offer(t.useFile(file.name, formatDay(file.sent_at)), () => useFile(file), file.id === busyId),
      ),
      areLinksOffered(lastSent, links.value) &&
        offer(t.useLinks(lastSent.links.length, dayOf(lastSent.links_sent_at)), useLinks, false),
    );
    fill(
      marks,
      linksMark(prefilled),
      Object.entries(prefilled.files ?? {}).map((entry) => fileMark(prefilled, entry)),
    );
    if (focused >= 0) element.querySelectorAll("button")[focused]?.focus();
    offers.hidden = !offers.childElementCount;
    marks.hidden = !marks.childElementCount;
    element.hidden = offers.hidden && marks.hidden && error.hidden;
  }

  update();
  return {
    element,
    input,
    name: "last_sent",
    value: null,
    showError,
    update,
    freeze(value) {
      isFrozen = value;
      update();
    },
  };
}
