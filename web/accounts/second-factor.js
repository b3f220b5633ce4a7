// Switching the second factor on, step by step, and off.

import { fill, h, link } from "../core/dom.js";
import { form } from "../core/forms.js";
import { notice } from "../core/notices.js";
import { go } from "../core/router.js";
import { session } from "../core/session.js";
import { heading } from "../core/states.js";
import { texts } from "../texts.js";
import { codeIfOn, proving, refused, sending } from "./changing.js";
import { codeField, owner } from "./log-in-form.js";

export function page(view) {
  view.title(texts.accounts.secondFactorTitle);
  const step = h("div", { class: "stack" });
  view.show(h("div", { class: "stack narrow" }, heading(texts.accounts.secondFactorTitle), step));
  fill(step, session.account.second_factor ? removal() : beginning(step));
}

function beginning(step) {
  return [
    h("p", {}, texts.accounts.secondFactor1),
    form({
      fields: [owner(), proving()],
      action: texts.accounts.goOn,
      send: sending("POST", "v1/account/second-factor", ({ body }) => {
        fill(step, scanning(step, body));
        step.querySelector("h2").focus();
      }),
      problems: refused,
    }),
  ];
}

function scanning(step, { secret, uri, qr }) {
  return [
    h("h2", { tabindex: "-1" }, texts.accounts.scanTitle),
    h("p", {}, texts.accounts.scan),
    h("img", { class: "qr", src: qr, alt: texts.accounts.qr, width: "220", height: "220" }),
    h("p", {}, link(uri, {}, texts.accounts.openApp)),
    h("p", {}, texts.accounts.orType, " ", h("code", { class: "secret" }, secret.match(/.{1,4}/g).join(" "))),
    form({
      fields: [codeField({ label: texts.accounts.firstCode, hint: "", inputmode: "numeric" })],
      action: texts.accounts.switchOn,
      send: sending("POST", "v1/account/second-factor/confirmation", async ({ body }) => {
        await session.reload();
        fill(step, recovery(body.recovery_codes));
        step.querySelector("h2").focus();
      }),
      problems: refused,
    }),
  ];
}

function recovery(codes) {
  const text = codes.join("\n");
  const file = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
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
      link(file, { class: "button button-quiet", download: "hirelane-recovery-codes.txt" }, texts.accounts.save),
      link("#/account", { class: "button" }, texts.accounts.keptThem),
    ),
  ];
}

function removal() {
  return [
    h("p", {}, texts.accounts.removal),
    form({
      fields: [owner(), proving(), ...codeIfOn()],
      action: texts.accounts.switchOff,
      send: sending("POST", "v1/account/second-factor/removal", async () => {
        await session.reload();
        notice(texts.accounts.switchedOff, { kind: "good" });
        go("#/account", { replace: true });
      }),
      problems: refused,
    }),
  ];
}
