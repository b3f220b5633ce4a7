// The consent to a privacy notice: its text, and a check box that must be ticked. Changes of an
// application have none.

import { h, newId } from "../core/dom.js";
import { consentTexts as t } from "./consent-texts.js";
import { noticeDetails, readNotice } from "./notice-view.js";

/**
 * Read the notice of a posting. Return a function that creates the field for the name of the employer. All fields that
 * it creates share their state, so that a form that is drawn again stays as it was.
 */
export async function readConsent(postingId, signal) {
  const notice = await readNotice(postingId, signal);
  const state = { isTicked: false };
  return (employer) => consentField(notice, employer, state);
}

function consentField(notice, employer, state) {
  const errorId = newId("consent-error");
  const input = h("input", {
    type: "checkbox",
    name: "consent",
    checked: state.isTicked,
    "aria-required": "true",
    "aria-describedby": errorId,
  });
  const error = h("p", { id: errorId, class: "field-error", hidden: true });
  const showError = (text) => {
    error.hidden = !text;
    error.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  const update = () => input.setCustomValidity(input.checked ? "" : t.missing);
  input.addEventListener("change", () => {
    state.isTicked = input.checked;
    update();
    if (input.checked) showError("");
  });
  update();
  return {
    element: h(
      "div",
      { class: "field" },
      noticeDetails(t.read, notice.text),
      h("label", { class: "check" }, input, h("span", {}, t.agree(employer))),
      error,
    ),
    input,
    name: "consent",
    /** The id of the notice that was shown. */
    value: notice.id,
    showError,
  };
}
