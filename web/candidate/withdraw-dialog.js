// The dialog that asks for confirmation and withdraws an application.

import { button, fill, h } from "../core/dom.js";
import { errorText } from "../core/states-view.js";
import { titleOf } from "./application-model.js";
import { applicationTexts } from "./application-texts.js";
import { withdrawApplication } from "./applications-api.js";
import { RetryStopped, retryUntilAnswered } from "./retry-view.js";

const t = applicationTexts.application;

/** Open the dialog. `onSent()` is called when it is closed after a request was sent. */
export function openWithdrawDialog(view, application, onSent) {
  const error = h("div", { class: "form-error", role: "alert" });
  const trouble = h("div", { class: "trouble" });
  const yes = button("bad", t.withdrawYes, send);
  const no = button("quiet", t.withdrawNo, () => dialog.close(), { autofocus: true });
  const dialog = h(
    "dialog",
    { "aria-labelledby": "withdraw-title", "aria-describedby": "withdraw-about" },
    h(
      "div",
      { class: "stack" },
      h("h2", { id: "withdraw-title" }, t.withdrawTitle),
      h("p", { id: "withdraw-about" }, t.withdrawHint(titleOf(application))),
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
      await retryUntilAnswered(() => withdrawApplication(application.id, signal), {
        signal,
        place: (node) => fill(trouble, node),
      });
      dialog.close();
    } catch (failure) {
      if (!signal.aborted && !(failure instanceof RetryStopped)) fill(error, h("p", {}, errorText(failure)));
    } finally {
      yes.removeAttribute("aria-busy");
    }
  }

  document.body.append(dialog);
  dialog.showModal();
}
