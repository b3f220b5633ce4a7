// The page of one posting, with the panel to apply for it.

import { call } from "../core/api-client.js";
import { copyText } from "../core/clipboard.js";
import { button, h, link } from "../core/dom.js";
import { refreshPage } from "../core/router.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { heading, load } from "../core/states-view.js";
import { texts } from "../texts.js";
import { applicationTexts } from "./application-texts.js";
import { applyPanel } from "./apply-panel.js";
import { descriptionView } from "./description-view.js";
import { deadlineElement, employerMark, isClosed, payText, relativeTimeElement } from "./posting-view.js";

const t = applicationTexts.posting;

export async function page(view) {
  const accountId = session.account?.id;
  // The page is shown again for another account, but not after an expiry, which keeps what was typed.
  // Deferred, because the form must first hear of a log-out, after which it saves no draft.
  session.onChange(({ account, reason }) => {
    if (reason !== "expired" && account?.id !== accountId) queueMicrotask(refreshPage);
  }, view.signal);
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    lines: 5,
    read: () => call("GET", `v1/postings/${encodeURIComponent(view.params.id)}`, { signal: view.signal }),
    render: ({ body: posting }) => show(view, posting),
  });
}

async function show(view, posting) {
  view.setTitle(t.title(posting.title, posting.employer));
  const toForm = button("", t.toForm, () => panel.focus());
  const panel = applyPanel({ view, posting, onTitle: (text) => (toForm.textContent = text) });
  view.show(
    h("p", { class: "way-back" }, link("#/", {}, h("span", { "aria-hidden": "true" }, "← "), t.back)),
    h(
      "div",
      { class: "posting-page" },
      h(
        "div",
        { class: "posting-title" },
        employerMark(posting.employer),
        h(
          "div",
          {},
          heading(posting.title),
          h("p", {}, posting.employer, h("span", { class: "soft" }, " · ", posting.location)),
        ),
      ),
      h(
        "section",
        { class: "facts card", "aria-labelledby": "facts-title" },
        h("h2", { id: "facts-title" }, t.facts),
        postingFacts(posting),
        toForm,
        button("quiet", t.copyLink, () => copyLink(posting)),
      ),
      h(
        "section",
        { class: "about", "aria-labelledby": "about-title" },
        h("h2", { id: "about-title" }, t.about),
        descriptionView(posting.description),
      ),
      panel.element,
    ),
  );
  await panel.start();
  // Links to the form lead people who are logged in here.
  if (view.query.has("apply") && !view.signal.aborted) panel.focus();
}

// The public page of a posting can be found and shown by others; one behind the hash cannot.
async function copyLink(posting) {
  const slug = posting.employer_slug;
  const address = slug ? new URL(`jobs/${slug}/${posting.id}`, document.baseURI).href : location.href;
  if (await copyText(address)) showNotice(t.linkCopied, "good");
  else showNotice(t.linkNotCopied(address), "bad");
}

function postingFacts(posting) {
  const facts = [
    [t.salary, payText(posting)],
    [t.workplace, texts.candidate.workplace[posting.workplace]],
    [t.employment, texts.candidate.employment[posting.employment]],
    [t.location, posting.location],
    [t.published, relativeTimeElement(posting.published_at)],
    [
      isClosed(posting) ? t.closed : t.closes,
      posting.closes_at ? deadlineElement(posting.closes_at) : t.noClosing,
    ],
  ];
  return h(
    "dl",
    {},
    facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}
