// The editor of a posting: its form, what is missing, a preview, and the changes of its state.

import { showActionError } from "../accounts/log-in-dialog.js";
import { descriptionView } from "../candidate/description-view.js";
import { button, fill, h, link } from "../core/dom.js";
import { navigate, refreshPage } from "../core/router.js";
import { showNotice } from "../core/shell-view.js";
import { heading, load } from "../core/states-view.js";
import { createPosting, ifVersion, postingPath, read, readEmployer, send } from "./employers-api.js";
import { postingConflictView } from "./posting-conflict-view.js";
import { postingForm } from "./posting-form.js";
import { stateOf } from "./posting-model.js";
import { postingSubmission } from "./posting-submission.js";
import { questionsView } from "./questions-view.js";
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
        isNew ? null : read(`${postingPath(employerId, postingId)}/form`, view.signal),
      ]),
    render: ([employer, posting, asked]) => show(view, employer, posting, asked),
  });
}

function show(view, employer, posting, asked) {
  const path = posting.id && postingPath(employer.id, posting.id);
  const preview = h("div", {});
  const status = h("p", { class: "soft small", role: "status" });
  const title = heading();
  const top = h("p", { class: "actions" });
  const missing = h("div", {});
  const actions = h("div", { class: "actions" });
  const form = postingForm({
    posting,
    onSave: async (body) => {
      if (!path) {
        const { id } = await createPosting(employer.id, body);
        submission.forget();
        return navigate(`#/employers/${employer.id}/postings/${id}`, { replace: true });
      }
      await submission.save();
      if (!submission.hasChanges()) showNotice(t.saved, "good");
    },
    secondary: button("quiet", t.preview, () => showPreview(preview, employer, form.body(), questions)),
  });
  const submission = postingSubmission({
    view,
    employerId: employer.id,
    posting,
    form,
    onState: (state, refused = []) => fill(status, stateText(state, refused)),
    onSaved: draw,
    onConflict: (...found) => conflict.show(...found),
  });
  // A posting gets questions once it is stored.
  const questions =
    asked &&
    questionsView({
      view,
      employerId: employer.id,
      saved: asked,
      isDraft: () => submission.posting.state === "draft",
      onSaved: () => submission.refresh(),
    });
  const hasChanges = () => submission.hasChanges() || questions.submission.hasChanges();
  const conflict = postingConflictView({
    keepMine: () => submission.keepMine().catch(showError),
    loadNewer: () => submission.loadNewer(),
    useMine: (values) => {
      form.setValues(values);
      form.element.dispatchEvent(new Event("input"));
    },
  });
  const showError = (error) => showActionError(error, STATE_PROBLEMS);

  // Change the state of the posting. Unsaved changes would be lost, because the page is shown again.
  async function act(name, done) {
    try {
      if (submission.posting.state === "draft") {
        await submission.save();
        await questions.submission.save();
      }
      if (hasChanges()) return showNotice(t.unsaved, "bad");
      // Nobody publishes a text that they have not seen. A posting is closed whatever it says.
      const headers = name === "publication" ? ifVersion(submission.posting) : {};
      const changed = await send("POST", `${path}/${name}`, undefined, headers);
      showNotice(done, "good");
      if (changed.id === posting.id) refreshPage();
      else navigate(`#/employers/${employer.id}/postings/${changed.id}`);
    } catch (error) {
      showError(error);
    }
  }

  async function remove() {
    try {
      await send("DELETE", path, undefined, ifVersion(submission.posting));
      submission.forget();
      questions.submission.forget();
      showNotice(t.removed, "good");
      navigate(`#/employers/${employer.id}`, { replace: true });
    } catch (error) {
      showError(error);
    }
  }

  // Show the state of the saved posting, and its actions. A button that has the focus stays.
  let drawn = "";
  function draw(saved) {
    const text = saved.title ?? (path ? recruiterTexts.employer.untitled : t.newTitle);
    const state = stateOf(saved);
    const isComplete = !Object.keys(saved.missing).length;
    view.setTitle(text);
    fill(title, text);
    fill(missing, path && checklist(saved));
    const applicants = `#/employers/${employer.id}/postings/${saved.id}/applicants`;
    fill(
      top,
      h("span", { class: `tag ${state === "published" ? "tag-good" : ""}` }, recruiterTexts.states[state]),
      state !== "draft" && link(applicants, {}, recruiterTexts.employer.applicants),
    );
    const signature = JSON.stringify([state, isComplete]);
    if (!path || signature === drawn) return;
    drawn = signature;
    const publicPage = new URL(`jobs/${employer.slug}/${saved.id}`, document.baseURI).href;
    fill(
      actions,
      state === "draft" && isComplete && button("", t.publish, () => act("publication", t.published)),
      state === "published" && button("quiet", t.close, () => act("closing", t.closed)),
      ["closed", "expired"].includes(state) && button("quiet", t.reopen, () => act("reopening", t.reopened)),
      state !== "draft" && h("a", { class: "button button-quiet", href: publicPage }, t.publicPage),
      button("quiet", t.copy, () => act("copy", t.copied)),
      state === "draft" && !saved.published_at && button("bad", t.remove, remove),
    );
  }

  draw(posting);
  view.show(
    wayBack(`#/employers/${employer.id}`, t.back),
    h(
      "div",
      { class: "stack editor" },
      title,
      top,
      missing,
      actions,
      conflict.element,
      form.element,
      status,
      questions?.element,
      preview,
    ),
  );
  submission.restore();
  questions?.submission.restore();
}

const stateText = (state, refused) =>
  refused.length
    ? t.saveStates.savedExcept(refused.map((one) => t.fieldNames[one] ?? one).join(", "))
    : t.saveStates[state];

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

function showPreview(place, employer, { title, description }, questions) {
  fill(
    place,
    h(
      "section",
      { class: "card stack", "aria-labelledby": "preview" },
      h("h2", { id: "preview", tabindex: "-1" }, title ?? recruiterTexts.employer.untitled),
      h("p", { class: "soft" }, employer.name),
      descriptionView(description ?? ""),
      questions?.preview(),
    ),
  );
  place.querySelector("h2").focus();
}
