// Switching the second factor on, step by step, and off.

import { fill, h, link } from "../core/dom.js";
import { form } from "../core/forms.js";
import { notice } from "../core/notices.js";
import { go } from "../core/router.js";
import { session } from "../core/session.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";
import { codeField } from "./log-in-form.js";
import { proof, sending } from "./proof.js";

const FILE = "hirelane-recovery-codes.txt";

export function page(view) {
  const step = h("div", { class: "stack" });
  view.title(texts.accounts.secondFactorTitle);
  view.show(h("div", { class: "stack narrow" }, heading(texts.accounts.secondFactorTitle), step));
  fill(step, session.account.second_factor ? removal(view) : beginning(view, step));
}

function beginning(view, step) {
  const { owner, password, problems } = proof(view);
  return [
    h("p", {}, texts.accounts.secondFactor1),
    form({
      fields: [owner, password],
      action: texts.accounts.goOn,
      send: sending("v1/account/second-factor", ({ body }) => next(step, scanning(view, step, body))),
      problems,
      other: (error) => isOnAlready(view, step, error),
    }),
  ];
}

function scanning(view, step, { secret, uri, qr }) {
  return [
    h("h2", { tabindex: "-1" }, texts.accounts.scanTitle),
    h("p", {}, texts.accounts.scan),
    h("img", { class: "qr", src: qr, alt: texts.accounts.qr, width: "220", height: "220" }),
    h("p", {}, link(uri, {}, texts.accounts.openApp)),
    h("p", {}, texts.accounts.orType, " ", h("code", { class: "secret" }, secret.match(/.{1,4}/g).join(" "))),
    form({
      fields: [codeField({ label: texts.accounts.firstCode, hint: "", inputmode: "numeric" })],
      action: texts.accounts.switchOn,
      send: sending("v1/account/second-factor/confirmation", async ({ body }) => {
        // First of all: they are given only once.
        next(step, recovery(view, body.recovery_codes));
        await session.reload();
      }),
      problems: { "wrong-code": { field: "code", text: texts.accounts.wrongFirstCode } },
      other: (error) => isOnAlready(view, step, error),
    }),
  ];
}

function recovery(view, codes) {
  const text = codes.join("\n");
  const file = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
  view.signal.addEventListener("abort", () => URL.revokeObjectURL(file));
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      notice(texts.accounts.copied, { kind: "good" });
    } catch {
      notice(texts.accounts.notCopied, { kind: "bad" });
    }
  };
  return [
    h("h2", { tabindex: "-1" }, texts.accounts.recoveryTitle),
    h("p", {}, texts.accounts.recovery),
    h("ul", { class: "codes card" }, codes.map((code) => h("li", {}, h("code", {}, code)))),
    h(
      "div",
      { class: "form-actions" },
      h("button", { type: "button", class: "button-quiet", onclick: copy }, texts.accounts.copy),
      link(file, { class: "button button-quiet", download: FILE }, texts.accounts.save),
      link("#/account", { class: "button" }, texts.accounts.keptThem),
    ),
  ];
}

// Switched on elsewhere, or here by a call whose answer, with the codes, was lost.
async function isOnAlready(view, step, error) {
  if (error.kind !== "second-factor-enabled") return false;
  await session.reload();
  next(step, [
    h("h2", { tabindex: "-1" }, texts.accounts.isOnTitle),
    h("p", { class: "note" }, texts.accounts.isOnAlready),
    removal(view),
  ]);
  return true;
}

function removal(view) {
  const { owner, password, code, ...refusals } = proof(view);
  return [
    h("p", {}, texts.accounts.removal),
    form({
      fields: [owner, password, code],
      action: texts.accounts.switchOff,
      send: sending("v1/account/second-factor/removal", async () => {
        await session.reload();
        notice(texts.accounts.switchedOff, { kind: "good" });
        go("#/account", { replace: true });
      }),
      ...refusals,
    }),
  ];
}

function next(step, nodes) {
  fill(step, nodes);
  step.querySelector("h2").focus();
}
