// Uploads a file to the store of files, and lets the API check it.

import { NoResponse, Problem } from "../core/api-client.js";
import { session } from "../core/session.js";
import { shortName, typeOf } from "./file-model.js";

const CHECK_ATTEMPTS = 3;
const CHECK_PAUSE_MS = 1500;

/** The upload failed. `reason` is a key of `filesTexts.errors`, `detail` a sentence of the API or "". */
export class UploadFailed extends Error {
  constructor(reason, detail = "") {
    super(reason);
    this.reason = reason;
    this.detail = detail;
  }
}

/**
 * Upload a file.
 *
 * @param {File} file
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {(state: "uploading" | "checking", percent: number) => void} options.onProgress
 * @returns {Promise<any>} the file as the API describes it, with its token
 * @throws {UploadFailed}
 */
export async function uploadFile(file, { signal, onProgress }) {
  try {
    const draft = {
      name: shortName(file.name),
      type: typeOf(file.name),
      bytes: file.size,
      sha256: await digest(file),
    };
    const { body: form } = await session.call("POST", "v1/files", { body: draft, signal });
    await send(form, file, { signal, onProgress: (percent) => onProgress("uploading", percent) });
    onProgress("checking", 100);
    return await complete(form.id, signal);
  } catch (error) {
    if (signal.aborted || error instanceof UploadFailed) throw error;
    throw explained(error);
  }
}

// Browsers compute digests only on HTTPS and localhost.
async function digest(file) {
  if (!crypto.subtle) throw new UploadFailed("insecure");
  let content;
  try {
    content = await file.arrayBuffer();
  } catch {
    throw new UploadFailed("unreadable");
  }
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Only XMLHttpRequest reports how much of a body was sent.
function send({ url, fields }, file, { signal, onProgress }) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    const fail = () => reject(new UploadFailed("interrupted"));
    request.upload.onprogress = ({ loaded, total }) => onProgress(Math.floor((loaded / total) * 100));
    request.onload = () => (request.status < 300 ? resolve(null) : fail());
    request.onerror = fail;
    request.ontimeout = fail;
    request.onabort = () => reject(signal.reason);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.open("POST", url);
    request.send(form);
    onProgress(0);
  });
}

// The API may have checked the file although its answer was lost: a repeated request gets the same answer.
async function complete(id, signal) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await session.call("POST", `v1/files/${encodeURIComponent(id)}/completion`, { signal })).body;
    } catch (error) {
      if (signal.aborted || !error.isTransient || attempt === CHECK_ATTEMPTS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, CHECK_PAUSE_MS * attempt));
    signal.throwIfAborted();
  }
}

function explained(error) {
  if (error instanceof NoResponse) return new UploadFailed("interrupted");
  if (!(error instanceof Problem)) return error;
  if (error.slug === "file-refused") return new UploadFailed("refused", error.detail);
  if (error.slug === "upload-not-found") return new UploadFailed("interrupted");
  if (error.status === 429) return new UploadFailed("limit");
  return error.status >= 500 ? new UploadFailed("unavailable") : error;
}
