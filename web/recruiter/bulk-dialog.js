// The dialog that previews a bulk move or rejection and starts it.

import { randomId } from "../core/browser-features.js";
import { button, fill, h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { navigate } from "../core/router.js";
import { errorText } from "../core/states-view.js";
import { bulkTexts } from "./bulk-texts.js";
import { previewOperation, startOperation } from "./operations-api.js";
import { formatMinutes, recruiterTexts } from "./recruiter-texts.js";
import { rejectionFields } from "./rejection-fields.js";

const t = bulkTexts.dialog;
const PREVIEW_DELAY_MS = 400;

/**
 * Open the dialog. When the operation is accepted, its page is shown.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {any} options.posting
 * @param {"move" | "reject"} options.kind
 * @param {{query?: any, applications?: any[]}} options.selection as the API reads it
 */
export function openBulkDialog({ view, posting, kind, selection }) {
  const { employer } = view.params;
  const content = h("div", { class: "stack", role: "status" });
  let timer = 0;
  // The operation does what the preview showed, so it cannot be started until it is shown again.
  const previewSoon = () => {
    submit.disabled = true;
    clearTimeout(timer);
    timer = setTimeout(showPreview, PREVIEW_DELAY_MS);
  };
  const { fields, toAction, showProblem } =
    kind === "move" ? moveFields(posting, selection, () => showPreview()) : rejectFields(view, previewSoon);
  const element = form({
    fields: [...fields, content],
    submitLabel: recruiterTexts.applicant[kind],
    secondary: button("quiet", t.cancel, () => dialog.close()),
    onSubmit: start,
    onError: (error) => {
      // A reason may be removed after its preview; the new preview says so.
      if (error.slug !== "selection-changed" && !error.errors?.length) return false;
      key = randomId();
      showPreview(t.changed);
      return true;
    },
  });
  const submit = element.querySelector("[type=submit]");
  const dialog = h(
    "dialog",
    { class: "wide-dialog", "aria-labelledby": "bulk-title" },
    h("div", { class: "stack" }, h("h2", { id: "bulk-title" }, t.title[kind]), element),
  );
  const draft = () => ({ posting_id: posting.id, action: toAction(), ...selection });
  let key = randomId();
  let newest = 0;
  let preview = null;
  let previewed = "";

  async function showPreview(notice = "") {
    clearTimeout(timer);
    newest += 1;
    const number = newest;
    preview = null;
    submit.disabled = true;
    fill(content, h("p", {}, t.loading));
    const body = draft();
    try {
      const found = await previewOperation(employer, body);
      if (number !== newest) return;
      preview = found;
      previewed = JSON.stringify(body);
      submit.disabled = !found.total;
      fill(submit, t.submit[kind](found.total));
      fill(content, notice && h("p", { class: "note" }, notice), previewView(found, kind));
    } catch (error) {
      if (number !== newest) return;
      if (error.errors?.length) showProblem(error.errors[0]);
      fill(
        content,
        h("p", {}, error.isTransient ? t.failed : errorText(error)),
        button("quiet", t.retry, () => showPreview()),
      );
    }
  }

  async function start() {
    const body = draft();
    // Changes since the preview need a new preview before the operation is started.
    if (!preview || JSON.stringify(body) !== previewed) return showPreview(t.changed);
    const { id } = await startOperation(employer, body, preview, key);
    dialog.close();
    navigate(`#/employers/${employer}/operations/${id}`);
  }

  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    newest += 1;
    dialog.remove();
  });
  view.signal.addEventListener("abort", () => dialog.close(), { once: true });
  document.body.append(dialog);
  dialog.showModal();
  showPreview();
}

function moveFields(posting, selection, onChange) {
  const open = posting.stages.filter((one) => one.kind === "open");
  const present = selection.query?.stage ?? selection.applications?.[0]?.expected_stage;
  const after = open[open.findIndex((one) => one.id === present) + 1] ?? open[0];
  const stage = field({
    name: "stage",
    label: t.stage,
    options: open.map((one) => [one.id, one.name]),
    value: after.id,
  });
  stage.input.addEventListener("change", onChange);
  return { fields: [stage], toAction: () => ({ kind: "move", stage: stage.value }), showProblem: () => {} };
}

function rejectFields(view, onChange) {
  const { fields, reason, values, showProblem } = rejectionFields({
    view,
    onMessage: onChange,
    onReason: onChange,
    onDelay: () => {},
  });
  return {
    fields,
    toAction: () => ({ kind: "reject", ...values() }),
    showProblem: (one) => {
      if (one.field === "action.reason") showProblem(recruiterTexts.rejection.reasonRemoved, reason);
      if (one.field === "action.message") showProblem(recruiterTexts.rejection.invalid);
    },
  };
}

function previewView({ total, excluded, examples, email, send_after_minutes: minutes }, kind) {
  return [
    h("p", {}, h("strong", {}, total ? t.total[kind](total) : t.none)),
    examples.length > 0 && [
      h("p", {}, t.excluded(bulkTexts.excluded(excluded))),
      h(
        "details",
        {},
        h("summary", {}, t.showExcluded),
        h(
          "ul",
          {},
          examples.map((one) => h("li", {}, one.name || recruiterTexts.applicants.deleted, ": ", one.detail)),
        ),
      ),
    ],
    email && [
      h("h3", {}, t.email),
      h(
        "p",
        { class: "hint" },
        kind === "move"
          ? t.moveEmailHint
          : [bulkTexts.sentAfter(minutes && formatMinutes(minutes)), " ", t.emailHint],
      ),
      h(
        "div",
        { class: "letter card email-preview", tabindex: "0", dir: "auto" },
        `${email.subject}\n\n${email.text}`,
      ),
    ],
  ];
}
