// The signed receipt of an application, with buttons to copy and to check it.

import { call } from "../core/api-client.js";
import { copyText } from "../core/browser-features.js";
import { button, h } from "../core/dom.js";
import { formatDateTime } from "../core/format.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { errorText } from "../core/states-view.js";
import { applicationTexts } from "./application-texts.js";
import { readReceipt } from "./draft-store.js";

const t = applicationTexts.application;

/** Create the view, or return null in a browser other than the one that sent the application. */
export function receiptView({ id }) {
  const receipt = readReceipt(session.account.id, id);
  if (!receipt) return null;
  const copy = async () => {
    if (await copyText(receipt)) showNotice(t.copied, "good");
    else showNotice(t.notCopied, "bad");
  };
  const result = h("p", { role: "status", class: "small" });
  // Without the access token, because anyone may check a receipt.
  const check = async () => {
    try {
      const { body } = await call("GET", `v1/receipts/${encodeURIComponent(receipt)}`);
      result.textContent = t.genuine(formatDateTime(body.accepted_at));
    } catch (error) {
      result.textContent = error.slug === "receipt-not-found" ? t.notGenuine : errorText(error);
    }
  };
  return h(
    "details",
    { class: "unfolds" },
    h("summary", {}, t.receipt),
    h(
      "div",
      { class: "stack" },
      h("p", { class: "soft small" }, t.receiptHint),
      h("p", {}, h("code", { class: "small" }, receipt)),
      h("div", { class: "form-actions" }, button("quiet", t.copy, copy), button("quiet", t.check, check)),
      result,
    ),
  );
}
