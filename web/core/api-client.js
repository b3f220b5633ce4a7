// HTTP client of the API. A call returns the answer or throws one of two errors.

import { startStopwatch } from "./browser-features.js";
import { wellFormedValue } from "./text-model.js";

const TIMEOUT_MS = 20_000;

// The server's time at the newest answer, and its age.
let lastAnswer = null;

/**
 * Return the server's time in ms since 1970. Times of the API are compared with this one, because a visitor's
 * clock may be hours off. Before the first answer it is the visitor's clock.
 */
export const serverNow = () => (lastAnswer ? lastAnswer.time + lastAnswer.age() : Date.now());

/** Set the server's time by the headers of an answer. */
export function setServerClock(headers) {
  // A cache in front of the API adds the seconds for which it has kept the answer (RFC 9111).
  const time = Date.parse(headers.get("Date")) + (Number(headers.get("Age")) || 0) * 1000;
  if (!Number.isNaN(time)) lastAnswer = { time, age: startStopwatch() };
}

/** The API answered with an error: a problem document (RFC 9457). */
export class Problem extends Error {
  /**
   * @param {number} status HTTP status
   * @param {{type?: string, title?: string, detail?: string, errors?: {field: string}[]}} document
   * @param {number | null} retryAfter seconds, from the Retry-After header
   */
  constructor(status, document, retryAfter) {
    super(document.title ?? `status ${status}`);
    this.status = status;
    this.slug = (document.type ?? "").split(":").at(-1);
    this.detail = document.detail ?? "";
    this.errors = document.errors ?? [];
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get isTransient() {
    return this.status >= 500 || this.status === 429;
  }
}

/** No answer arrived: network failure or timeout. The API may have processed the request. */
export class NoResponse extends Error {
  isTransient = true;
}

/**
 * Send a request. The path is relative to the page, so the client works behind any prefix.
 *
 * @param {string} method
 * @param {string} path
 * @param {{body?: any, token?: string, headers?: Record<string, string>, signal?: AbortSignal, timeoutMs?: number}} [options]
 * @returns {Promise<{status: number, body: any, text: string, etag: string | null, link: string | null}>}
 */
export async function call(
  method,
  path,
  { body, token, headers: own = {}, signal, timeoutMs = TIMEOUT_MS } = {},
) {
  /** @type {Record<string, string>} */
  const allHeaders = { Accept: "application/json", ...own };
  if (body !== undefined) allHeaders["Content-Type"] = "application/json";
  if (token) allHeaders.Authorization = `Bearer ${token}`;
  const timeout = AbortSignal.timeout(timeoutMs);
  let response, text;
  try {
    response = await fetch(new URL(path, document.baseURI), {
      method,
      headers: allHeaders,
      body: body === undefined ? undefined : JSON.stringify(body, wellFormedValue),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      credentials: "same-origin",
      cache: "no-store",
    });
    setServerClock(response.headers);
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw new NoResponse("no answer", { cause: error });
  }
  const content = parseJson(text);
  if (response.ok || response.status === 304) {
    const { status, headers } = response;
    return { status, body: content, text, etag: headers.get("ETag"), link: headers.get("Link") };
  }
  const retryAfter = Number(response.headers.get("Retry-After")) || null;
  throw new Problem(response.status, content ?? {}, retryAfter);
}

// Gateways in front of the API may answer with something other than JSON.
function parseJson(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
