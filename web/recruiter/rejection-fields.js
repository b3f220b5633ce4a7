// The fields of a rejection: its reason, and the message to the candidate, which a template may fill.

import { fill, h } from "../core/dom.js";
import { field } from "../core/form-view.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { readRejectionSettings } from "./rejection-settings.js";

const t = recruiterTexts.rejection;

/**
 * Create the fields of a form. It can be sent before its choices are loaded: a blank message stands for that of
 * the default template. `onMessage()` is called when the message changes, `onReason()` when the reason does, and
 * `onDelay(minutes)` when the delay of the e-mail is known.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {() => void} options.onMessage
 * @param {() => void} [options.onReason]
 * @param {(minutes: number) => void} options.onDelay
 */
export function rejectionFields({ view, onMessage, onReason = () => {}, onDelay }) {
  const reason = field({
    name: "reason",
    label: t.reason,
    hint: t.reasonHint,
    options: [["", t.noReason]],
    optional: true,
  });
  const template = field({
    name: "template",
    label: t.template,
    options: [["", t.defaultText]],
    optional: true,
  });
  const message = field({
    name: "message",
    label: t.message,
    hint: t.messageHint,
    rows: 5,
    maxlength: 5000,
    optional: true,
  });
  let templates = [];

  async function load() {
    const settings = await readRejectionSettings(view.params.employer);
    if (view.signal.aborted) return;
    templates = settings.templates;
    addOptions(reason, settings.reasons, (one) => one.words);
    addOptions(template, templates, (one) => one.name);
    onDelay(settings.delay);
    const first = templates.find((one) => one.is_default);
    // Somebody may have begun to write before the templates came.
    if (first && !message.value) choose(first);
  }

  function choose(one) {
    template.input.value = one?.id ?? "";
    message.input.value = one?.message ?? "";
    message.input.dispatchEvent(new Event("input"));
  }

  template.input.addEventListener("change", () => choose(templates.find((one) => one.id === template.value)));
  message.input.addEventListener("input", () => {
    showProblem("");
    onMessage();
  });
  reason.input.addEventListener("change", () => {
    showProblem("", reason);
    onReason();
  });

  /** Show why the message, or the reason, cannot be sent, and keep the form from sending it. */
  function showProblem(text, one = message) {
    one.input.setCustomValidity(text);
    one.showError(text);
  }

  // If the choices cannot be loaded, a rejection has no reason and the default text.
  load().catch(() => {});
  return {
    fields: [reason, template, message],
    reason,
    message,
    showProblem,
    values: () => ({ reason: reason.value, message: message.value }),
  };
}

function addOptions(select, choices, textOf) {
  const options = choices.map((one) => h("option", { value: one.id }, textOf(one)));
  fill(select.input, [...select.input.children].slice(0, 1), options);
}
