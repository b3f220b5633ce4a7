// What an owner can do with the data of an applicant: hold it for a legal claim, or erase it.

import { showActionError } from "../accounts/log-in-dialog.js";
import { openEndingDialog } from "../candidate/withdraw-dialog.js";
import { button, fill, h } from "../core/dom.js";
import { formatDay } from "../core/format.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { errorText } from "../core/states-view.js";
import { holdsPath, read, send } from "./employers-api.js";
import { holdForm } from "./hold-form.js";
import { retentionTexts as t } from "./retention-texts.js";

/**
 * Create the part of the page. It reads the holds when it is opened. `onChange()` is called when the history has
 * a new event, `onErased()` when an erasure was accepted.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {string} options.employerId
 * @param {string} options.path of the application in the API
 * @param {{ id: string, name: string }} options.applicant
 * @param {string} options.postingId
 * @param {() => void} options.onChange
 * @param {() => void} options.onErased
 */
export function protectionView({ view, employerId, path, applicant, postingId, onChange, onErased }) {
  const content = h("div", { class: "stack" });
  const summary = h("summary", {}, t.protection);
  const element = h("details", { class: "card stack" }, summary, content);
  element.addEventListener("toggle", () => element.open && update());

  async function update() {
    try {
      const { holds } = await read(holdsPath(employerId), view.signal);
      draw(
        holds.find((one) => one.id === applicant.id),
        holds.find((one) => one.id === postingId),
      );
    } catch (error) {
      if (!view.signal.aborted) fill(content, h("p", { class: "note note-bad" }, errorText(error)));
    }
  }

  async function change(action, notice) {
    await action();
    await update();
    onChange();
    showNotice(notice, "good");
    summary.focus();
  }

  async function release() {
    try {
      await change(() => send("DELETE", `${path}/hold`), t.released);
    } catch (error) {
      if (!view.signal.aborted) showActionError(error, {});
    }
  }

  function erase() {
    let isAccepted = false;
    const texts = {
      title: t.eraseTitle,
      hint: t.eraseAbout(applicant.name),
      yes: t.eraseYes,
      no: t.eraseNo,
    };
    const request = async (signal) => {
      await session.call("POST", `${path}/erasure`, { signal });
      isAccepted = true;
    };
    openEndingDialog(view, texts, request, () => {
      if (!isAccepted) return;
      showNotice(t.erasing, "good");
      onErased();
    });
  }

  function draw(own, ofPosting) {
    fill(
      content,
      own && h("p", {}, t.isHeld(own.reason, formatDay(own.until))),
      own && h("p", {}, button("quiet", t.release, release)),
      ofPosting && h("p", {}, t.isHeldByPosting(ofPosting.reason, formatDay(ofPosting.until))),
      !own && h("p", { class: "soft small" }, t.holdsHint),
      !own && holdForm([], (reason) => change(() => send("PUT", `${path}/hold`, { reason }), t.held)),
      !own && !ofPosting && h("p", { class: "soft small" }, t.eraseHint),
      !own && !ofPosting && h("p", {}, button("bad", t.erase, erase)),
    );
  }

  return element;
}
