// Receipts: genuine ones, changed bits, and a browser that cannot check them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isInterim, verifyReceipt } from "../../../web/candidate/receipt-model.js";

const CLAIMS = { jti: "01a2", posting: "01a3", sequence: 7, iss: "https://hirelane.example" };
const encode = (data) => Buffer.from(data).toString("base64url");

const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
const { x } = await crypto.subtle.exportKey("jwk", pair.publicKey);
const KEYS = [
  { kid: "other", x: encode(new Uint8Array(32)) },
  { kid: "1", x },
];

async function sign(header, claims = CLAIMS) {
  const signed = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}`;
  const signature = await crypto.subtle.sign({ name: "Ed25519" }, pair.privateKey, Buffer.from(signed));
  return `${signed}.${encode(new Uint8Array(signature))}`;
}

const HEADER = { alg: "EdDSA", kid: "1", typ: "hirelane-receipt+jwt" };
const RECEIPT = await sign(HEADER);

test("a genuine receipt has its claims", async () => {
  assert.deepEqual(await verifyReceipt(` ${RECEIPT}\n`, KEYS), CLAIMS);
});

test("no receipt with a changed bit is accepted", async () => {
  for (let place = 0; place < RECEIPT.length; place += 1) {
    const bit = 1 << ((place * 7) % 8);
    const changed = RECEIPT.slice(0, place) + String.fromCharCode(RECEIPT.charCodeAt(place) ^ bit);
    await assert.rejects(verifyReceipt(changed + RECEIPT.slice(place + 1), KEYS), `place ${place}`);
  }
});

const refused = {
  format: [
    "",
    "x",
    "a.b.c",
    await sign({ ...HEADER, alg: "none" }),
    await sign({ ...HEADER, typ: "at+jwt" }),
  ],
  key: [await sign({ ...HEADER, kid: "2" })],
  signature: [await sign({ ...HEADER, kid: "other" })],
};
for (const [reason, texts] of Object.entries(refused)) {
  test(`a text with a wrong ${reason} is refused`, async () => {
    for (const text of texts) await assert.rejects(verifyReceipt(text, KEYS), { reason });
  });
}

test("an interim receipt is recognized by its header", async () => {
  const interim = `${encode('{"alg":"HS256","typ":"hirelane-receipt+jwt"}')}.e30.x`;
  assert.ok(isInterim(` ${interim}\n`));
  await assert.rejects(verifyReceipt(interim, KEYS), { reason: "format" });
  for (const other of ["", "x", RECEIPT, `${encode("{}")}.e30.x`]) assert.ok(!isInterim(other));
});

test("a browser without Ed25519 says so", async () => {
  const lacking = { importKey: () => Promise.reject(new DOMException("no", "NotSupportedError")) };
  await assert.rejects(verifyReceipt(RECEIPT, KEYS, lacking), { reason: "browser" });
  await assert.rejects(verifyReceipt(RECEIPT, KEYS, null), { reason: "browser" });
});
