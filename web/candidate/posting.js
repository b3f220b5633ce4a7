// One posting: what it is, and applying for it.

import { call } from "../core/api.js";
import { h, link } from "../core/dom.js";
import { again } from "../core/router.js";
import { session } from "../core/session.js";
import { heading, load } from "../core/states.js";
import { texts } from "../texts.js";
import { ago, day, isClosed, mark, pay } from "./card.js";
import { offer } from "./offering.js";
import { prose } from "./prose.js";

const t = texts.candidate;

export async function page(view) {
  const owner = session.account?.id;
  // Somebody else now, or nobody: what was shown is not theirs. A session that is over is not that:
  // what was typed stays. Shown again when the form has heard it too, and keeps nothing any more.
  session.onChange(({ account, reason }) => {
    if (reason !== "over" && account?.id !== owner) queueMicrotask(again);
  }, view.signal);
  await load({
    signal: view.signal,
    place: (node) => view.place(node),
    lines: 5,
    read: () => call("GET", `v1/postings/${encodeURIComponent(view.params.id)}`, { signal: view.signal }),
    render: ({ body: posting }) => show(view, posting),
  });
}

async function show(view, posting) {
  view.title(t.posting.title(posting.title, posting.employer));
  const title = h("h2", { id: "apply-title", tabindex: "-1" }, t.apply.title);
  const place = h("div", { class: "stack" });
  const section = h("section", { class: "apply card", "aria-labelledby": "apply-title" }, title, place);
  const toForm = h("button", { type: "button", onclick: () => goTo(title) }, t.posting.toForm);
  view.show(
    h("p", { class: "way-back" }, link("#/", {}, h("span", { "aria-hidden": "true" }, "← "), t.posting.back)),
    h(
      "div",
      { class: "posting-page" },
      h(
        "div",
        { class: "posting-title" },
        mark(posting.employer),
        h(
          "div",
          {},
          heading(posting.title),
          h("p", {}, posting.employer, h("span", { class: "soft" }, ` · ${posting.location}`)),
        ),
      ),
      h(
        "section",
        { class: "facts card", "aria-labelledby": "facts-title" },
        h("h2", { id: "facts-title" }, t.posting.facts),
        facts(posting),
        toForm,
      ),
      h(
        "section",
        { class: "about", "aria-labelledby": "about-title" },
        h("h2", { id: "about-title" }, t.posting.about),
        prose(posting.description),
      ),
      section,
    ),
  );
  // What the button above leads to is called as the section is.
  const name = (text) => {
    title.textContent = text;
    toForm.textContent = text;
  };
  await offer(view, posting, place, name);
}

function facts(posting) {
  const closed = isClosed(posting);
  return h(
    "dl",
    {},
    [
      [t.posting.salary, pay(posting.salary)],
      [t.posting.workplace, t.workplace[posting.workplace]],
      [t.posting.employment, t.employment[posting.employment]],
      [t.posting.location, posting.location],
      [t.posting.published, ago(posting.published_at)],
      [
        closed ? t.posting.closed : t.posting.closes,
        posting.closes_at ? day(posting.closes_at) : t.posting.noClosing,
      ],
    ].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

function goTo(title) {
  title.scrollIntoView({ block: "start" });
  const control = title.parentElement.querySelector("textarea");
  (control ?? title).focus({ preventScroll: true });
}
