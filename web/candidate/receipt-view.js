// The signed receipt of an application, with buttons to save, copy and check it.

import { call } from "../core/api-client.js";
import { copyText } from "../core/clipboard.js";
import { button, h, link } from "../core/dom.js";
import { formatDateTime } from "../core/format.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { errorText } from "../core/states-view.js";
import { applicationTexts } from "./application-texts.js";
import { readReceipt } from "./draft-store.js";
import { receiptTexts } from "./receipt-texts.js";
import { readCompleteReceipt } from "./receipts-api.js";

const t = applicationTexts.application;
const { ofApplication } = receiptTexts;

/** Create the view. The browser that sent the application also shows the text of its receipt. */
export function receiptView({ id }, signal) {
  const receipt = readReceipt(session.account.id, id);
  const result = h("p", { role: "status", class: "small" });
  const save = async () => {
    try {
      saveFile(await readCompleteReceipt(id, signal), ofApplication.fileName(id));
      result.textContent = ofApplication.saved;
    } catch (error) {
      if (!signal.aborted) result.textContent = errorText(error);
    }
  };
  const copy = async () => {
    if (await copyText(receipt)) showNotice(t.copied, "good");
    else showNotice(t.notCopied, "bad");
  };
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
    h("summary", {}, ofApplication.title),
    h(
      "div",
      { class: "stack" },
      h("p", { class: "soft small" }, ofApplication.hint),
      receipt && h("p", {}, h("code", { class: "small" }, receipt)),
      h(
        "div",
        { class: "form-actions" },
        button("quiet", ofApplication.save, save),
        receipt && button("quiet", t.copy, copy),
        receipt && button("quiet", t.check, check),
      ),
      result,
      h("p", { class: "small" }, link("#/receipt", {}, ofApplication.checkPage)),
    ),
  );
}

function saveFile(text, name) {
  const url = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
  const anchor = h("a", { href: url, download: name, hidden: true });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
