// Verifies receipts: compact JSON Web Signatures (RFC 7515) with Ed25519. It needs no network. Only
// the API can check interim receipts (HMAC), and exchanges them for the others.

const TYPE = "hirelane-receipt+jwt";
// The last of the 86 characters of a signature has four unused bits, which must be 0.
const FORMAT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]$/;
const MAX_LENGTH = 4096;

/** Why a text is not accepted as a receipt: "format", "key", "signature" or "browser". */
export class ReceiptError extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * Verify a receipt and return its claims.
 *
 * @param {string} text
 * @param {{kid: string, x: string}[]} keys the public keys, as a JSON Web Key Set lists them
 * @param {SubtleCrypto | undefined} [subtle]
 * @returns {Promise<any>}
 */
export async function verifyReceipt(text, keys, subtle = globalThis.crypto?.subtle) {
  const receipt = text.trim();
  if (receipt.length > MAX_LENGTH || !FORMAT.test(receipt)) throw new ReceiptError("format");
  const [header, payload, signature] = receipt.split(".");
  const fields = decodeJson(header);
  if (fields?.alg !== "EdDSA" || fields.typ !== TYPE) throw new ReceiptError("format");
  const key = keys.find(({ kid }) => kid === fields.kid);
  if (!key) throw new ReceiptError("key");
  const signed = new TextEncoder().encode(`${header}.${payload}`);
  let isValid;
  try {
    // Browsers have no crypto.subtle on plain HTTP, and older ones no Ed25519.
    const imported = await subtle.importKey("raw", decode(key.x), { name: "Ed25519" }, false, ["verify"]);
    isValid = await subtle.verify({ name: "Ed25519" }, imported, decode(signature), signed);
  } catch {
    throw new ReceiptError("browser");
  }
  const claims = isValid && decodeJson(payload);
  if (!claims) throw new ReceiptError("signature");
  return claims;
}

/** Return whether a text has the form of an interim receipt. */
export function isInterim(text) {
  const fields = decodeJson(text.trim().split(".")[0]);
  return fields?.alg === "HS256" && fields.typ === TYPE;
}

function decode(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function decodeJson(text) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(decode(text)));
  } catch {
    return null;
  }
}
