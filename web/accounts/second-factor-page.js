// The page that enables the second factor, step by step, or disables it.

import { copyText } from "../core/clipboard.js";
import { button, fill, h, link } from "../core/dom.js";
import { form } from "../core/form-view.js";
import { navigate } from "../core/router.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { heading } from "../core/states-view.js";
import { accountTexts as t } from "./account-texts.js";
import { codeField } from "./log-in-form.js";
import { postWithSession, reauthenticationFields } from "./reauthentication-fields.js";

const FILE_NAME = "hirelane-recovery-codes.txt";

export function page(view) {
  const step = h("div", { class: "stack" });
  view.setTitle(t.secondFactorTitle);
  view.show(h("div", { class: "stack narrow" }, heading(t.secondFactorTitle), step));
  fill(step, session.account.second_factor ? disableStep(view) : passwordStep(view, step));
}

function passwordStep(view, step) {
  const { owner, password, problemTexts } = reauthenticationFields(view);
  return [
    h("p", {}, t.secondFactorHint),
    form({
      fields: [owner, password],
      submitLabel: t.next,
      onSubmit: postWithSession("v1/account/second-factor", ({ body }) =>
        showStep(step, scanStep(view, step, body)),
      ),
      problemTexts,
      onError: (error) => showAlreadyEnabled(view, step, error),
    }),
  ];
}

function scanStep(view, step, { secret, uri, qr }) {
  return [
    h("h2", { tabindex: "-1" }, t.scanTitle),
    h("p", {}, t.scan),
    h("img", { class: "qr", src: qr, alt: t.qr, width: "220", height: "220" }),
    h("p", {}, link(uri, {}, t.openApp)),
    h("p", {}, t.orType, " ", h("code", { class: "secret" }, secret.match(/.{1,4}/g).join(" "))),
    form({
      fields: [codeField({ label: t.firstCode, hint: "", inputmode: "numeric" })],
      submitLabel: t.switchOn,
      onSubmit: postWithSession("v1/account/second-factor/confirmation", async ({ body }) => {
        // The codes are shown before anything that may fail, because the API returns them only once.
        showStep(step, recoveryCodesStep(view, body.recovery_codes));
        await session.reload();
      }),
      problemTexts: { "wrong-code": { field: "code", text: t.wrongFirstCode } },
      onError: (error) => showAlreadyEnabled(view, step, error),
    }),
  ];
}

function recoveryCodesStep(view, codes) {
  const text = codes.join("\n");
  const file = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
  view.signal.addEventListener("abort", () => URL.revokeObjectURL(file));
  const copy = async () => {
    if (await copyText(text)) showNotice(t.copied, "good");
    else showNotice(t.notCopied, "bad");
  };
  return [
    h("h2", { tabindex: "-1" }, t.recoveryTitle),
    h("p", {}, t.recovery),
    h(
      "ul",
      { class: "codes card" },
      codes.map((code) => h("li", {}, h("code", {}, code))),
    ),
    h(
      "div",
      { class: "form-actions" },
      button("quiet", t.copy, copy),
      link(file, { class: "button button-quiet", download: FILE_NAME }, t.save),
      link("#/account", { class: "button" }, t.codesSaved),
    ),
  ];
}

// The second factor was enabled elsewhere, or here by a request whose answer was lost.
async function showAlreadyEnabled(view, step, error) {
  if (error.slug !== "second-factor-enabled") return false;
  await session.reload();
  showStep(step, [
    h("h2", { tabindex: "-1" }, t.alreadyOnTitle),
    h("p", { class: "note" }, t.alreadyOn),
    disableStep(view),
  ]);
  return true;
}

function disableStep(view) {
  const { owner, password, code, ...errorHandling } = reauthenticationFields(view);
  return [
    h("p", {}, t.switchOffHint),
    form({
      fields: [owner, password, code],
      submitLabel: t.switchOff,
      onSubmit: postWithSession("v1/account/second-factor/removal", async () => {
        await session.reload();
        showNotice(t.switchedOff, "good");
        navigate("#/account", { replace: true });
      }),
      ...errorHandling,
    }),
  ];
}

function showStep(step, nodes) {
  fill(step, nodes);
  step.querySelector("h2").focus();
}
