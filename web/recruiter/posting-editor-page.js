// The editor of a posting: its form, what is missing, a preview, and the changes of its state.

import { showActionError } from "../accounts/log-in-dialog.js";
import { descriptionView } from "../candidate/description-view.js";
import { button, fill, h, link } from "../core/dom.js";
import { navigate, refreshPage } from "../core/router.js";
import { showNotice } from "../core/shell-view.js";
import { heading, load } from "../core/states-view.js";
import { createPosting, ifVersion, postingPath, read, readEmployer, send } from "./employers-api.js";
import { postingForm } from "./posting-form.js";
import { stateOf } from "./posting-model.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { wayBack } from "./way-back-view.js";

const t = recruiterTexts.posting;
const STATE_PROBLEMS = { "wrong-posting-state": t.wrongState, "precondition-failed": t.wrongState };
const NEW = { state: "draft", missing: {}, id: null };

export async function page(view) {
  const { employer: employerId, posting: postingId } = view.params;
  const isNew = postingId === "new";
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    lines: 5,
    read: () =>
      Promise.all([
        readEmployer(employerId, view.signal),
        isNew ? NEW : read(postingPath(employerId, postingId), view.signal),
      ]),
    render: ([employer, posting]) => show(view, employer, posting),
  });
}

function show(view, employer, posting) {
  const path = posting.id && postingPath(employer.id, posting.id);
  const preview = h("div", {});
  const form = postingForm({
    posting,
    onSave: async (body) => {
      if (!path) {
        const { id } = await createPosting(employer.id, body);
        return navigate(`#/employers/${employer.id}/postings/${id}`, { replace: true });
      }
      await send("PATCH", path, body, ifVersion(posting));
      showNotice(t.saved, "good");
      refreshPage();
    },
    secondary: button("quiet", t.preview, () => showPreview(preview, employer, form.body())),
  });

  // Change the state of the posting. Unsaved changes would be lost, because the page is shown again.
  async function act(name, done) {
    if (form.isChanged()) return showNotice(t.unsaved, "bad");
    try {
      // Nobody publishes a text that they have not seen. A posting is closed whatever it says.
      const headers = name === "publication" ? ifVersion(posting) : {};
      const changed = await send("POST", `${path}/${name}`, undefined, headers);
      showNotice(done, "good");
      if (changed.id === posting.id) refreshPage();
      else navigate(`#/employers/${employer.id}/postings/${changed.id}`);
    } catch (error) {
      showActionError(error, STATE_PROBLEMS);
    }
  }

  async function remove() {
    try {
      await send("DELETE", path, undefined, ifVersion(posting));
      showNotice(t.removed, "good");
      navigate(`#/employers/${employer.id}`, { replace: true });
    } catch (error) {
      showActionError(error, STATE_PROBLEMS);
    }
  }

  const state = stateOf(posting);
  const isComplete = !Object.keys(posting.missing).length;
  const publicPage = new URL(`jobs/${employer.slug}/${posting.id}`, document.baseURI).href;
  const actions = path
    ? [
        state === "draft" && isComplete && button("", t.publish, () => act("publication", t.published)),
        state === "published" && button("quiet", t.close, () => act("closing", t.closed)),
        ["closed", "expired"].includes(state) &&
          button("quiet", t.reopen, () => act("reopening", t.reopened)),
        state !== "draft" && h("a", { class: "button button-quiet", href: publicPage }, t.publicPage),
        button("quiet", t.copy, () => act("copy", t.copied)),
        state === "draft" && !posting.published_at && button("bad", t.remove, remove),
      ]
    : [];
  const title = posting.title ?? (path ? recruiterTexts.employer.untitled : t.newTitle);
  view.setTitle(title);
  view.show(
    wayBack(`#/employers/${employer.id}`, t.back),
    h(
      "div",
      { class: "stack editor" },
      heading(title),
      h(
        "p",
        { class: "actions" },
        h("span", { class: `tag ${state === "published" ? "tag-good" : ""}` }, recruiterTexts.states[state]),
        state !== "draft" &&
          link(
            `#/employers/${employer.id}/postings/${posting.id}/applicants`,
            {},
            recruiterTexts.employer.applicants,
          ),
      ),
      path && checklist(posting),
      h("div", { class: "actions" }, actions),
      form.element,
      preview,
    ),
  );
}

function checklist(posting) {
  const missing = Object.values(posting.missing);
  if (!missing.length) return posting.state === "draft" && h("p", { class: "note" }, t.ready);
  return h(
    "section",
    { class: "note", "aria-labelledby": "checklist" },
    h("h2", { id: "checklist" }, t.checklist),
    h(
      "ul",
      {},
      missing.map((one) => h("li", {}, one)),
    ),
  );
}

function showPreview(place, employer, { title, description }) {
  fill(
    place,
    h(
      "section",
      { class: "card stack", "aria-labelledby": "preview" },
      h("h2", { id: "preview", tabindex: "-1" }, title ?? recruiterTexts.employer.untitled),
      h("p", { class: "soft" }, employer.name),
      descriptionView(description ?? ""),
    ),
  );
  place.querySelector("h2").focus();
}
