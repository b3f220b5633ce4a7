// The dialogs that ask for confirmation, and withdraw or erase an application.

import { button, fill, h } from "../core/dom.js";
import { errorText } from "../core/states-view.js";
import { titleOf } from "./application-model.js";
import { applicationTexts } from "./application-texts.js";
import { eraseApplication, withdrawApplication } from "./applications-api.js";
import { RetryStopped, retryUntilAnswered } from "./retry-view.js";

const t = applicationTexts.application;

/** Open the dialog to withdraw. `onSent()` is called when it is closed after a request was sent. */
export function openWithdrawDialog(view, application, onSent) {
  const texts = {
    title: t.withdrawTitle,
    hint: t.withdrawHint(titleOf(application)),
    yes: t.withdrawYes,
    no: t.withdrawNo,
  };
  openEndingDialog(view, texts, (signal) => withdrawApplication(application.id, signal), onSent);
}

/** Open the dialog to erase. `onAccepted()` is called when the erasure was accepted. */
export function openEraseDialog(view, application, onAccepted) {
  const texts = {
    title: t.eraseTitle,
    hint: t.eraseHint(titleOf(application)),
    yes: t.eraseYes,
    no: t.eraseNo,
  };
  let isAccepted = false;
  const request = async (signal) => {
    await eraseApplication(application.id, signal);
    isAccepted = true;
  };
  openEndingDialog(view, texts, request, () => isAccepted && onAccepted());
}

/**
 * Open a dialog that ends an application. `onSent()` is called when it is closed after a request was sent.
 *
 * @param {any} view
 * @param {{ title: string, hint: string, yes: string, no: string }} texts
 * @param {(signal: AbortSignal) => Promise<any>} request
 * @param {() => any} onSent
 */
export function openEndingDialog(view, texts, request, onSent) {
  const error = h("div", { class: "form-error", role: "alert" });
  const trouble = h("div", { class: "trouble" });
  const yes = button("bad", texts.yes, send);
  const no = button("quiet", texts.no, () => dialog.close(), { autofocus: true });
  const dialog = h(
    "dialog",
    { "aria-labelledby": "ending-title", "aria-describedby": "ending-about" },
    h(
      "div",
      { class: "stack" },
      h("h2", { id: "ending-title" }, texts.title),
      h("p", { id: "ending-about" }, texts.hint),
      error,
      trouble,
      h("div", { class: "form-actions" }, yes, no),
    ),
  );
  let isSent = false;
  const closed = new AbortController();
  const signal = AbortSignal.any([view.signal, closed.signal]);
  dialog.addEventListener("close", () => {
    closed.abort();
    dialog.remove();
    // Without an answer too, because the API may have processed the request.
    if (isSent) onSent();
  });
  view.signal.addEventListener("abort", () => dialog.close(), { once: true });

  async function send() {
    if (yes.getAttribute("aria-busy")) return;
    yes.setAttribute("aria-busy", "true");
    isSent = true;
    fill(error);
    try {
      await retryUntilAnswered(() => request(signal), {
        signal,
        place: (node) => fill(trouble, node),
      });
      dialog.close();
    } catch (failure) {
      if (signal.aborted || failure instanceof RetryStopped) return;
      // Only the API knows which employer must keep the application.
      const text = failure.slug === "legal-hold" ? failure.detail : errorText(failure);
      fill(error, h("p", {}, text));
    } finally {
      yes.removeAttribute("aria-busy");
    }
  }

  document.body.append(dialog);
  dialog.showModal();
}
