// The page of the profile: the resume that a candidate keeps.

import { button, fill, h } from "../core/dom.js";
import { form } from "../core/form-view.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { errorText, heading, load } from "../core/states-view.js";
import { deleteProfile, readProfile, saveProfile } from "./profile-api.js";
import { profileFields } from "./profile-fields.js";
import { profileImportView } from "./profile-import-view.js";
import { profileTexts as t } from "./profile-texts.js";

const SCHEMA = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json";

export async function page(view) {
  view.setTitle(t.title);
  if (!session.isCandidate) return view.show(heading(t.title), h("p", {}, t.notCandidate));
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    lines: 5,
    read: () => readProfile(view.signal),
    render: (profile) => show(view, profile),
  });
}

function show(view, read) {
  const { signal } = view;
  let profile = read;
  const fields = profileFields(profile.resume);
  const keeps = h("input", { type: "checkbox", checked: profile.keeps_last_sent });
  const deletion = button("bad", t.delete, () => openDeletion(view, profile, onDeleted));
  const tools = h("div", { class: "form-actions" });

  function drawTools() {
    const isStored = Boolean(profile.version);
    fill(
      tools,
      isStored && button("quiet", t.download, () => downloadResume(profile.resume)),
      isStored && deletion,
    );
  }

  const bodyOf = (resume) => ({ resume, keeps_last_sent: keeps.checked });

  // The page is shown again with what was taken. What was typed before is part of it.
  async function saveImport(resume) {
    const saved = await saveProfile(profile, bodyOf(resume), signal);
    showNotice(t.saved, "good");
    show(view, saved);
    focusHeading();
  }

  async function onDeleted() {
    showNotice(t.deleted, "good");
    await page(view);
    focusHeading();
  }

  drawTools();
  view.show(
    h(
      "div",
      { class: "stack profile" },
      heading(t.title),
      h("p", {}, t.about),
      profileImportView({ present: () => fields.resume, save: saveImport, signal }),
      form({
        fields: [fields, h("label", { class: "check" }, keeps, t.keepsLastSent)],
        submitLabel: t.save,
        problemTexts: { "precondition-failed": t.conflict, "invalid-fields": t.tooMany },
        onError: (error) => fields.showRejected(error),
        onSubmit: async () => {
          profile = await saveProfile(profile, bodyOf(fields.resume), signal);
          showNotice(t.saved, "good");
          drawTools();
        },
      }),
      tools,
    ),
  );
}

// The button that had the focus is gone.
const focusHeading = () => document.querySelector("h1")?.focus();

function downloadResume(resume) {
  const document_ = { $schema: SCHEMA, ...resume, meta: { version: "v1.0.0" } };
  const content = `${JSON.stringify(document_, null, 2)}\n`;
  const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  h("a", { href: url, download: "resume.json" }).click();
  URL.revokeObjectURL(url);
}

function openDeletion(view, profile, onDeleted) {
  const error = h("div", { class: "form-error", role: "alert" });
  const yes = button("bad", t.deleteYes, async () => {
    yes.setAttribute("aria-busy", "true");
    try {
      await deleteProfile(profile, view.signal);
      dialog.close();
      onDeleted();
    } catch (problem) {
      fill(error, h("p", {}, problem.slug === "precondition-failed" ? t.conflict : errorText(problem)));
    } finally {
      yes.removeAttribute("aria-busy");
    }
  });
  const no = button("quiet", t.deleteNo, () => dialog.close(), { autofocus: true });
  const dialog = h(
    "dialog",
    { "aria-labelledby": "delete-title", "aria-describedby": "delete-about" },
    h(
      "div",
      { class: "stack" },
      h("h2", { id: "delete-title" }, t.deleteTitle),
      h("p", { id: "delete-about" }, t.deleteHint),
      error,
      h("div", { class: "form-actions" }, yes, no),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  view.signal.addEventListener("abort", () => dialog.close(), { once: true });
  document.body.append(dialog);
  dialog.showModal();
}
