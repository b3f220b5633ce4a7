// The dialog that shows the e-mail of a rejection and confirms it. Enter confirms at once.

import { button, fill, h } from "../core/dom.js";
import { form } from "../core/form-view.js";
import { send } from "./employers-api.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { rejectionFields } from "./rejection-fields.js";
import { reviewTexts } from "./review-texts.js";

const t = reviewTexts.reject;
const rejectionTexts = recruiterTexts.rejection;
const PREVIEW_DELAY_MS = 400;

/**
 * Open the dialog. `onReject({ reason, message })` is called after it was confirmed and closed.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {string} options.path of the application in the API
 * @param {string} options.name
 * @param {(values: {reason: string, message: string}) => void} options.onReject
 */
export function openRejectDialog({ view, path, name, onReject }) {
  let timer = 0;
  const delay = h("p", { class: "hint" }, t.emailHint);
  const { fields, message, showProblem, values } = rejectionFields({
    view,
    onMessage: () => {
      clearTimeout(timer);
      timer = setTimeout(showPreview, PREVIEW_DELAY_MS);
    },
    onDelay: (minutes) => fill(delay, rejectionTexts.delay(minutes)),
  });
  const preview = h("div", { class: "letter card email-preview", tabindex: "0", dir: "auto" }, t.loading);
  const element = form({
    fields,
    submitLabel: recruiterTexts.applicant.reject,
    secondary: button("quiet", t.cancel, () => dialog.close()),
    onSubmit: () => {
      dialog.close();
      onReject(values());
    },
  });
  element
    .querySelector(".form-actions")
    .before(h("section", { class: "stack" }, h("h3", {}, t.email), delay, preview));
  const dialog = h(
    "dialog",
    { class: "wide-dialog", "aria-labelledby": "reject-title" },
    h("div", { class: "stack" }, h("h2", { id: "reject-title" }, t.title(name)), element),
  );

  let newest = 0;
  async function showPreview() {
    newest += 1;
    const number = newest;
    let text = t.noPreview;
    try {
      const mail = await send("POST", `${path}/rejection/preview`, { message: message.value });
      text = `${mail.subject}\n\n${mail.text}`;
    } catch (error) {
      // After other errors, the rejection itself may succeed.
      if (error.errors?.length && number === newest) showProblem(rejectionTexts.invalid);
    }
    if (number === newest) fill(preview, text);
  }

  dialog.addEventListener("close", () => {
    clearTimeout(timer);
    dialog.remove();
  });
  view.signal.addEventListener("abort", () => dialog.close(), { once: true });
  document.body.append(dialog);
  dialog.showModal();
  element.querySelector("[type=submit]").focus();
  showPreview();
}
