// The settings of an employer: its name and address, its privacy notice, and for rejections reasons,
// templates of e-mails, and their delay.

import { fill, h, link } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { showNotice } from "../core/shell-view.js";
import { heading, load } from "../core/states-view.js";
import { applicationLimitForm } from "./application-limit-form.js";
import { applicationLimitTexts } from "./application-limit-texts.js";
import { employerNameForm } from "./employer-name-form.js";
import { employerNameTexts } from "./employer-name-texts.js";
import {
  changeEmployer,
  privacyNoticePath,
  read,
  readEmployer,
  readRole,
  reasonsPath,
  templatesPath,
} from "./employers-api.js";
import { privacyNoticeForm } from "./privacy-notice-form.js";
import { privacyNoticeTexts } from "./privacy-notice-texts.js";
import { reasonsForm } from "./reasons-form.js";
import { formatMinutes, recruiterTexts } from "./recruiter-texts.js";
import { forgetRejectionSettings } from "./rejection-settings.js";
import { retentionTexts } from "./retention-texts.js";
import { templatesView } from "./templates-view.js";
import { wayBack } from "./way-back-view.js";

const t = recruiterTexts.settings;
const DELAYS = [0, 15, 60, 4 * 60, 24 * 60, 2 * 24 * 60, 7 * 24 * 60];

export async function page(view) {
  const { employer: employerId } = view.params;
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    lines: 5,
    read: async () => {
      const [employer, role] = await Promise.all([
        readEmployer(employerId, view.signal),
        readRole(employerId, view.signal),
      ]);
      if (role !== "owner" && role !== "recruiter") return { employer };
      const [reasons, { templates }, notice] = await Promise.all([
        read(reasonsPath(employerId), view.signal),
        read(templatesPath(employerId), view.signal),
        role === "owner" ? read(privacyNoticePath(employerId), view.signal) : null,
      ]);
      return { employer, role, reasons, templates, notice };
    },
    render: (data) => show(view, data),
  });
}

function show(view, { employer, role, reasons, templates, notice }) {
  // Both forms change the employer, so they have its version in common.
  const shared = { employer };
  const back = h("div", {}, wayBack(`#/employers/${employer.id}`, employer.name));
  function onSaved() {
    forgetRejectionSettings(employer.id);
    showNotice(t.saved, "good");
  }
  const section = (title, hint, ...content) =>
    h("section", { class: "stack" }, h("h2", {}, title), h("p", { class: "hint" }, hint), content);
  view.setTitle(t.title);
  view.show(
    back,
    h(
      "div",
      { class: "stack editor" },
      heading(t.title),
      !role && h("p", {}, t.noAccess),
      role === "owner" &&
        section(
          employerNameTexts.title,
          employerNameTexts.hint,
          employerNameForm(shared, ({ id, name }) => fill(back, wayBack(`#/employers/${id}`, name))),
        ),
      notice &&
        section(
          privacyNoticeTexts.title,
          privacyNoticeTexts.hint,
          privacyNoticeForm(privacyNoticePath(employer.id), notice),
        ),
      role &&
        section(applicationLimitTexts.title, applicationLimitTexts.hint, applicationLimitForm(shared, role)),
      role &&
        section(
          retentionTexts.title,
          retentionTexts.settingsHint,
          link(`#/employers/${employer.id}/retention`, {}, retentionTexts.toPage),
        ),
      role && section(t.delay, t.delayHint, delayForm(shared, role, onSaved)),
      reasons && section(t.reasons, t.reasonsHint, reasonsForm(reasonsPath(employer.id), reasons, onSaved)),
      templates &&
        section(
          t.templates,
          t.templatesHint,
          templatesView({ view, path: templatesPath(employer.id), templates, onSaved }),
        ),
    ),
  );
}

function delayForm(shared, role, onSaved) {
  const present = shared.employer.rejection_delay_minutes;
  if (role !== "owner") return h("p", {}, delayText(present));
  const delays = [...new Set([...DELAYS, present])].sort((one, other) => one - other);
  const delay = field({
    name: "rejection_delay_minutes",
    label: t.delayLabel,
    options: delays.map((one) => [String(one), delayText(one)]),
    value: String(present),
  });
  return form({
    fields: [delay],
    submitLabel: t.save,
    problemTexts: { "precondition-failed": t.conflict },
    onSubmit: async () => {
      shared.employer = await changeEmployer(shared.employer, {
        rejection_delay_minutes: Number(delay.value),
      });
      onSaved();
    },
  });
}

const delayText = (minutes) => (minutes ? t.after(formatMinutes(minutes)) : t.atOnce);
