// One application: how far it is, its receipt, withdrawing it.

import { call } from "../core/api.js";
import { readReceipt } from "../core/drafts.js";
import { fill, h, link } from "../core/dom.js";
import { momentOf } from "../core/format.js";
import { notice } from "../core/notices.js";
import { session } from "../core/session.js";
import { heading, load, said } from "../core/states.js";
import { texts } from "../texts.js";
import { day, mark } from "./card.js";
import { persist, Stopped } from "./persisting.js";
import { isActive, nameOf } from "./progress.js";
import { status } from "./status.js";

const t = texts.candidate.application;

export async function page(view) {
  await load({
    signal: view.signal,
    place: (node) => view.place(node),
    lines: 4,
    read: () => session.call("GET", `v1/applications/${encodeURIComponent(view.params.id)}`, { signal: view.signal }),
    render: ({ body: progress }) => show(view, progress),
  });
}

function show(view, progress) {
  const title = h("div", { class: "posting-title" });
  const toPosting = h("p");
  const actions = h("div", { class: "form-actions" });
  const follow = status({
    progress,
    signal: view.signal,
    changed: (now) => {
      if (now.posting && !progress.posting) name(now);
      act(now);
    },
  });

  // A posting that is not told is gone, or cannot be read for now.
  function name(now) {
    const { posting } = now;
    view.title(nameOf(now));
    fill(
      title,
      mark(posting?.employer ?? "?"),
      h(
        "div",
        {},
        heading(nameOf(now)),
        h("p", {}, posting ? [posting.employer, h("span", { class: "soft" }, ` · ${posting.location}`)] : t.noPosting),
      ),
    );
    fill(toPosting, posting && link(`#/postings/${posting.id}`, {}, texts.candidate.status.toPosting));
    progress = now;
  }

  function act(now) {
    const { posting } = now;
    const hadFocus = actions.contains(document.activeElement);
    fill(
      actions,
      isActive(now) &&
        now.status !== "withdrawing" &&
        h("button", { type: "button", class: "button-bad", onclick: () => ask(view, now, follow) }, t.withdraw),
      !isActive(now) && posting && link(`#/postings/${posting.id}`, { class: "button" }, texts.candidate.status.applyAgain),
    );
    if (hadFocus) (actions.querySelector("a, button") ?? document.getElementById("status-title")).focus();
  }

  name(progress);
  act(progress);
  view.show(
    h("p", { class: "way-back" }, link("#/applications", {}, h("span", { "aria-hidden": "true" }, "← "), t.back)),
    h(
      "div",
      { class: "application-page" },
      title,
      h(
        "section",
        { class: "card stack", "aria-labelledby": "status-title" },
        h("h2", { id: "status-title", tabindex: "-1" }, t.progress),
        follow.element,
        actions,
      ),
      h(
        "section",
        { class: "card facts", "aria-labelledby": "details-title" },
        h("h2", { id: "details-title" }, t.details),
        h(
          "dl",
          {},
          h("div", {}, h("dt", {}, t.sent), h("dd", {}, day(progress.timeline[0].at))),
          h("div", {}, h("dt", {}, t.reference), h("dd", {}, h("code", { class: "small" }, progress.id))),
        ),
        toPosting,
        receiptOf(progress),
      ),
    ),
  );
}

// Only in the browser that it was sent with: the API gives it once.
function receiptOf({ id }) {
  const receipt = readReceipt(session.account.id, id);
  if (!receipt) return null;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(receipt);
      notice(t.copied, { kind: "good" });
    } catch {
      notice(t.notCopied, { kind: "bad" });
    }
  };
  const checked = h("p", { role: "status", class: "small" });
  // As anyone would who was shown it: without saying who one is.
  const check = async () => {
    try {
      const { body } = await call("GET", `v1/receipts/${encodeURIComponent(receipt)}`);
      checked.textContent = t.genuine(momentOf(body.accepted_at));
    } catch (error) {
      checked.textContent = error.kind === "receipt-not-found" ? t.notGenuine : said(error);
    }
  };
  return h(
    "details",
    { class: "unfolds" },
    h("summary", {}, t.receipt),
    h(
      "div",
      { class: "stack" },
      h("p", { class: "soft small" }, t.receiptAbout),
      h("p", {}, h("code", { class: "small" }, receipt)),
      h(
        "div",
        { class: "form-actions" },
        h("button", { type: "button", class: "button-quiet", onclick: copy }, t.copy),
        h("button", { type: "button", class: "button-quiet", onclick: check }, t.check),
      ),
      checked,
    ),
  );
}

// Asks whether it is meant, and withdraws. It may be asked for again without harm.
function ask(view, progress, follow) {
  const error = h("div", { class: "form-error", role: "alert" });
  const trouble = h("div", { class: "trouble" });
  const yes = h("button", { type: "button", class: "button-bad", onclick: withdraw }, t.withdrawYes);
  const no = h("button", { type: "button", class: "button-quiet", autofocus: true, onclick: () => dialog.close() }, t.withdrawNo);
  const dialog = h(
    "dialog",
    { "aria-labelledby": "withdraw-title", "aria-describedby": "withdraw-about" },
    h(
      "div",
      { class: "stack" },
      h("h2", { id: "withdraw-title" }, t.withdrawTitle),
      h("p", { id: "withdraw-about" }, t.withdrawAbout(nameOf(progress))),
      error,
      trouble,
      h("div", { class: "form-actions" }, yes, no),
    ),
  );
  const closing = new AbortController();
  const signal = AbortSignal.any([view.signal, closing.signal]);
  dialog.addEventListener("close", () => {
    closing.abort();
    dialog.remove();
  });
  view.signal.addEventListener("abort", () => dialog.close(), { once: true });

  async function withdraw() {
    if (yes.getAttribute("aria-busy")) return;
    yes.setAttribute("aria-busy", "true");
    fill(error);
    try {
      const path = `v1/applications/${progress.id}/withdrawal`;
      await persist(() => session.call("POST", path, { signal }), { signal, place: (node) => fill(trouble, node) });
      dialog.close();
      follow.look();
    } catch (failed) {
      if (!signal.aborted && !(failed instanceof Stopped)) fill(error, h("p", {}, said(failed)));
    } finally {
      yes.removeAttribute("aria-busy");
    }
  }

  document.body.append(dialog);
  dialog.showModal();
}
