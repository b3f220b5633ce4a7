// Calling the API: one function, two kinds of failure.

const PATIENCE_MS = 20_000;

// The API answered, with an error (a problem document, RFC 9457).
export class Problem extends Error {
  constructor(status, document, retryAfter) {
    super(document.title ?? `status ${status}`);
    this.status = status;
    this.kind = (document.type ?? "").split(":").at(-1);
    this.detail = document.detail ?? "";
    this.errors = document.errors ?? [];
    // Seconds, when the API said when to come back.
    this.retryAfter = retryAfter;
  }

  // Whether it may go well later, without anything being changed.
  get passing() {
    return this.status >= 500 || this.status === 429;
  }
}

// There was no answer: no network, the server is gone, or it took too long. What was asked for may
// have been done all the same.
export class NoAnswer extends Error {
  passing = true;
}

// call("POST", "v1/sessions", { body, token, headers, signal, patience }) -> { status, body, etag }.
// Paths are relative to the page, so that the client works behind any prefix.
export async function call(method, path, { body, token, headers = {}, signal, patience = PATIENCE_MS } = {}) {
  const sent = { Accept: "application/json", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  if (token) sent.Authorization = `Bearer ${token}`;
  const late = AbortSignal.timeout(patience);
  let response, text;
  try {
    response = await fetch(new URL(path, document.baseURI), {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, late]) : late,
      credentials: "same-origin",
      cache: "no-store",
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw new NoAnswer("no answer", { cause: error });
  }
  const content = parsed(text);
  if (response.ok || response.status === 304) {
    return { status: response.status, body: content, etag: response.headers.get("ETag") };
  }
  const retryAfter = Number(response.headers.get("Retry-After")) || null;
  throw new Problem(response.status, content ?? {}, retryAfter);
}

// What stands before the API may answer with something else than JSON.
function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
