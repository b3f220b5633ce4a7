// Withdrawing an application, when it is meant.

import { fill, h } from "../core/dom.js";
import { session } from "../core/session.js";
import { said } from "../core/states.js";
import { texts } from "../texts.js";
import { persist, Stopped } from "./persisting.js";
import { nameOf } from "./progress.js";

const t = texts.candidate.application;

// Asks whether it is meant, and withdraws; then done(). It may be asked for again without harm.
export function withdraw(view, progress, done) {
  const error = h("div", { class: "form-error", role: "alert" });
  const trouble = h("div", { class: "trouble" });
  const yes = h("button", { type: "button", class: "button-bad", onclick: send }, t.withdrawYes);
  const no = h(
    "button",
    { type: "button", class: "button-quiet", autofocus: true, onclick: () => dialog.close() },
    t.withdrawNo,
  );
  const dialog = h(
    "dialog",
    { "aria-labelledby": "withdraw-title", "aria-describedby": "withdraw-about" },
    h(
      "div",
      { class: "stack" },
      h("h2", { id: "withdraw-title" }, t.withdrawTitle),
      h("p", { id: "withdraw-about" }, t.withdrawAbout(nameOf(progress))),
      error,
      trouble,
      h("div", { class: "form-actions" }, yes, no),
    ),
  );
  const closing = new AbortController();
  const signal = AbortSignal.any([view.signal, closing.signal]);
  dialog.addEventListener("close", () => {
    closing.abort();
    dialog.remove();
  });
  view.signal.addEventListener("abort", () => dialog.close(), { once: true });

  async function send() {
    if (yes.getAttribute("aria-busy")) return;
    yes.setAttribute("aria-busy", "true");
    fill(error);
    try {
      const path = `v1/applications/${progress.id}/withdrawal`;
      await persist(() => session.call("POST", path, { signal }), {
        signal,
        place: (node) => fill(trouble, node),
      });
      dialog.close();
      done();
    } catch (failed) {
      if (!signal.aborted && !(failed instanceof Stopped)) fill(error, h("p", {}, said(failed)));
    } finally {
      yes.removeAttribute("aria-busy");
    }
  }

  document.body.append(dialog);
  dialog.showModal();
}
