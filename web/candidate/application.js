// One application: how far it is, and what can be done about it.

import { fill, h, link } from "../core/dom.js";
import { session } from "../core/session.js";
import { heading, load } from "../core/states.js";
import { texts } from "../texts.js";
import { day, mark } from "./card.js";
import { isActive, nameOf } from "./progress.js";
import { receiptOf } from "./receipt.js";
import { status } from "./status.js";
import { withdraw } from "./withdrawing.js";

const t = texts.candidate.application;

export async function page(view) {
  await load({
    signal: view.signal,
    place: (node) => view.place(node),
    lines: 4,
    read: () =>
      session.call("GET", `v1/applications/${encodeURIComponent(view.params.id)}`, { signal: view.signal }),
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
        h(
          "p",
          {},
          posting ? [posting.employer, h("span", { class: "soft" }, ` · ${posting.location}`)] : t.noPosting,
        ),
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
        h(
          "button",
          { type: "button", class: "button-bad", onclick: () => withdraw(view, now, follow.look) },
          t.withdraw,
        ),
      !isActive(now) &&
        posting &&
        link(`#/postings/${posting.id}`, { class: "button" }, texts.candidate.status.applyAgain),
    );
    if (hadFocus) (actions.querySelector("a, button") ?? document.getElementById("status-title")).focus();
  }

  name(progress);
  act(progress);
  view.show(
    h(
      "p",
      { class: "way-back" },
      link("#/applications", {}, h("span", { "aria-hidden": "true" }, "← "), t.back),
    ),
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
