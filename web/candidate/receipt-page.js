// The page that checks a receipt, pasted or from a file. Once it is shown, it works without a network.

import { fill, h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { formatDateTime, formatNumber } from "../core/format.js";
import { heading } from "../core/states-view.js";
import { isInterim, ReceiptError, verifyReceipt } from "./receipt-model.js";
import { receiptTexts as t } from "./receipt-texts.js";
import { exchangeInterim, readReceiptKeys } from "./receipts-api.js";

const MOST_BYTES = 100_000;

export async function page(view) {
  view.setTitle(t.title);
  let keys = null;
  const result = h("div", { role: "status", class: "stack" });
  const receipt = field({
    name: "receipt",
    label: t.paste,
    hint: t.pasteHint,
    rows: 6,
    dir: "ltr",
    spellcheck: "false",
    autocomplete: "off",
  });
  const fileId = "receipt-file";
  const file = h("input", { type: "file", id: fileId, accept: ".txt,.jws,text/plain", onchange: readFile });

  async function readFile() {
    const [chosen] = file.files;
    if (!chosen) return;
    try {
      if (chosen.size > MOST_BYTES) throw new ReceiptError("file");
      receipt.input.value = (await chosen.text()).trim();
    } catch {
      showError("file");
      return;
    }
    await check();
  }

  async function check() {
    receipt.showError("");
    if (isInterim(receipt.value) && !(await exchange())) return;
    keys ??= await readReceiptKeys(view.signal);
    if (!keys) {
      fill(result, h("p", { class: "form-error" }, t.noKeys));
      return;
    }
    try {
      fill(result, verified(await verifyReceipt(receipt.value, keys)));
    } catch (error) {
      if (!(error instanceof ReceiptError)) throw error;
      showError(error.reason);
    }
  }

  // Replaces an interim receipt in the field. Returns whether that succeeded.
  async function exchange() {
    try {
      receipt.input.value = await exchangeInterim(receipt.value.trim(), view.signal);
      return true;
    } catch (error) {
      if (view.signal.aborted) throw error;
      showError(error.slug === "receipt-not-found" ? "signature" : "interim");
      return false;
    }
  }

  function showError(reason) {
    fill(result, h("p", { class: "form-error" }, t.errors[reason]));
  }

  view.show(
    h(
      "div",
      { class: "stack" },
      heading(t.title),
      h("p", { class: "soft" }, t.hint),
      form({
        fields: [
          receipt,
          { element: h("div", { class: "field" }, h("label", { for: fileId }, t.file), file), name: "" },
        ],
        submitLabel: t.check,
        onSubmit: check,
      }),
      result,
    ),
  );
  keys = await readReceiptKeys(view.signal);
}

// What a genuine receipt proves, and what it does not.
function verified(claims) {
  const { hashes = {}, head } = claims;
  const facts = {
    iss: claims.iss,
    jti: claims.jti,
    posting: claims.posting,
    sub: claims.sub,
    log: claims.log,
    ...hashes,
    root: head?.root,
  };
  return h(
    "section",
    { class: "card stack", "aria-labelledby": "receipt-result" },
    h("h2", { id: "receipt-result" }, t.genuine),
    h(
      "ul",
      {},
      h("li", {}, t.proves(formatDateTime(claims.accepted_at))),
      claims.sequence && h("li", {}, t.provesPlace(formatNumber(claims.sequence))),
      claims.hashes && h("li", {}, t.provesContent(claims.revision)),
      head && h("li", {}, t.provesHead(formatNumber(head.size))),
    ),
    h(
      "dl",
      { class: "stack" },
      Object.entries(facts)
        .filter(([name, value]) => value && t.names[name])
        .map(([name, value]) =>
          h(
            "div",
            {},
            h("dt", { class: "soft small" }, t.names[name]),
            h("dd", {}, h("code", { class: "small" }, String(value))),
          ),
        ),
    ),
    h("h3", {}, t.provesNotTitle),
    h("p", {}, t.provesNot),
  );
}
