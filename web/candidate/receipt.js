// The receipt of an application: shown, copied, checked.

import { call } from "../core/api.js";
import { readReceipt } from "../core/drafts.js";
import { h } from "../core/dom.js";
import { momentOf } from "../core/format.js";
import { notice } from "../core/notices.js";
import { session } from "../core/session.js";
import { said } from "../core/states.js";
import { texts } from "../texts.js";

const t = texts.candidate.application;

// Only in the browser that it was sent with: the API gives it once.
export function receiptOf({ id }) {
  const receipt = readReceipt(session.account.id, id);
  if (!receipt) return null;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(receipt);
      notice(t.copied, { kind: "good" });
    } catch {
      notice(t.notCopied, { kind: "bad" });
    }
  };
  const checked = h("p", { role: "status", class: "small" });
  // As anyone would who was shown it: without saying who one is.
  const check = async () => {
    try {
      const { body } = await call("GET", `v1/receipts/${encodeURIComponent(receipt)}`);
      checked.textContent = t.genuine(momentOf(body.accepted_at));
    } catch (error) {
      checked.textContent = error.kind === "receipt-not-found" ? t.notGenuine : said(error);
    }
  };
  return h(
    "details",
    { class: "unfolds" },
    h("summary", {}, t.receipt),
    h(
      "div",
      { class: "stack" },
      h("p", { class: "soft small" }, t.receiptAbout),
      h("p", {}, h("code", { class: "small" }, receipt)),
      h(
        "div",
        { class: "form-actions" },
        h("button", { type: "button", class: "button-quiet", onclick: copy }, t.copy),
        h("button", { type: "button", class: "button-quiet", onclick: check }, t.check),
      ),
      checked,
    ),
  );
}
