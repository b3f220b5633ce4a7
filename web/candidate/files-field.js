// The field for the files of an application. It uploads each file as soon as it is chosen.

import { serverNow } from "../core/api-client.js";
import { button, fill, h, newId } from "../core/dom.js";
import { formatSize } from "../core/file-size.js";
import { formTexts } from "../core/form-texts.js";
import { FILE_TYPES, fileError, MAX_FILES, splitExpired } from "./file-model.js";
import { UploadFailed, uploadFile } from "./file-upload.js";
import { filesTexts as t } from "./files-texts.js";

/**
 * Create a field with the interface of `field` in core/form-view.js, and `freeze(isFrozen)`.
 *
 * @param {object} options
 * @param {any[]} options.value the files of the draft, as the API described them
 * @param {() => void} options.onChange
 * @param {AbortSignal} options.signal
 * @param {string} [options.name]
 * @param {string} [options.title]
 * @param {string} [options.hint]
 * @param {number} [options.most] the most files
 * @param {string[]} [options.types] the types that are taken
 * @param {boolean} [options.required]
 * @param {boolean} [options.optional] whether to say that it is optional
 */
export function filesField({
  value,
  onChange,
  signal,
  name = "files",
  title = t.title,
  hint = t.hint,
  most = MAX_FILES,
  types = FILE_TYPES,
  required = false,
  optional = !required,
}) {
  let rows = [];
  let isFrozen = false;
  const [hintId, errorId, inputId] = ["hint", "error", "files"].map(newId);
  const list = h("ul", { class: "files" });
  const status = h("p", { class: "unseen", role: "status" });
  const error = h("p", { id: errorId, class: "field-error", hidden: true });
  const isSingle = most === 1;
  const full = h("p", { class: "hint", hidden: true }, t.full);
  const input = h("input", {
    id: inputId,
    type: "file",
    multiple: !isSingle,
    accept: types.map((type) => `.${type}`).join(),
    "aria-describedby": `${hintId} ${errorId}`,
    onchange: () => {
      add([...input.files]);
      // So that the same file can be chosen again.
      input.value = "";
    },
  });
  const zone = h(
    "div",
    // The preview of a posting has the styles of recruiters only.
    { class: "file-zone actions" },
    h("span", { class: "unseen" }, input),
    h("label", { for: inputId, class: "button button-quiet" }, isSingle ? t.chooseOne : t.choose),
    h("span", { class: "hint" }, isSingle ? t.dropOne : t.drop),
  );
  const element = h(
    "fieldset",
    { class: "field", "aria-describedby": hintId },
    h("legend", {}, title, optional && h("span", { class: "optional" }, ` ${formTexts.optional}`)),
    h("p", { id: hintId, class: "hint" }, hint),
    list,
    zone,
    full,
    error,
    status,
  );

  function add(files) {
    showError("");
    for (const file of files.slice(0, most - rows.length)) {
      const row = fileRow({ name: file.name, bytes: file.size }, { remove, retry: upload });
      row.file = file;
      rows.push(row);
      upload(row);
    }
    draw();
  }

  async function upload(row) {
    const reason = fileError(row.file, types);
    const isOwnType = reason === "type" && types.length < FILE_TYPES.length;
    if (reason) return fail(row, isOwnType ? t.wrongType(types) : t.errors[reason], false);
    row.ended = new AbortController();
    row.show("uploading", t.preparing);
    draw();
    try {
      row.stored = await uploadFile(row.file, {
        signal: AbortSignal.any([signal, row.ended.signal]),
        onProgress: (state, percent) =>
          row.show("uploading", state === "checking" ? t.checking : t.uploading(percent), percent),
      });
    } catch (problem) {
      // Cancelled, or the page is gone.
      if (signal.aborted || row.ended.signal.aborted) return;
      const known = problem instanceof UploadFailed ? problem : new UploadFailed("unavailable");
      const canRetry = known.reason !== "refused" && known.reason !== "insecure";
      return fail(row, known.detail || t.errors[known.reason], canRetry);
    }
    row.showStored();
    status.textContent = t.attached(row.stored.name);
    draw();
    onChange();
  }

  function fail(row, text, canRetry) {
    row.show("failed", text, 0, canRetry);
    status.textContent = t.notAttached(row.name, text);
    draw();
  }

  function remove(row) {
    const index = rows.indexOf(row);
    row.ended?.abort();
    rows = rows.filter((other) => other !== row);
    status.textContent = t.removed(row.name);
    draw();
    (rows[index] ?? rows.at(-1))?.focus();
    if (!rows.length) input.focus();
    onChange();
  }

  function draw() {
    fill(
      list,
      rows.map((row) => row.element),
    );
    list.hidden = !rows.length;
    zone.hidden = rows.length >= most;
    full.hidden = !zone.hidden || isSingle;
    const states = new Set(rows.map((row) => row.state));
    const missing = required && !rows.length ? t.missing : "";
    const text = states.has("uploading") ? t.wait : states.has("failed") ? t.failedBefore : missing;
    input.setCustomValidity(text);
    if (!text) showError("");
  }

  function showError(text) {
    error.hidden = !text;
    error.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  function setValue(files) {
    const unfinished = rows.filter((row) => row.state !== "stored");
    const { valid, expired } = splitExpired(files, serverNow());
    const known = new Map(rows.filter((row) => row.stored).map((row) => [row.stored.id, row]));
    const kept = valid.map((file) => known.get(file.id) ?? storedRow(file));
    rows = [...kept, ...unfinished];
    draw();
    if (expired.length) showError(t.expired(expired.map(({ name }) => name)));
  }

  function storedRow(file) {
    const row = fileRow(file, { remove, retry: upload });
    row.stored = file;
    row.showStored();
    return row;
  }

  // A file that misses the zone would replace the page.
  for (const kind of ["dragover", "drop"])
    document.addEventListener(kind, (event) => hasFiles(event) && event.preventDefault(), { signal });
  element.addEventListener("dragover", (event) => zone.classList.toggle("is-target", hasFiles(event)));
  for (const kind of ["dragleave", "drop"])
    element.addEventListener(kind, () => zone.classList.remove("is-target"));
  element.addEventListener("drop", (event) => {
    if (!isFrozen && hasFiles(event)) add([...event.dataTransfer.files]);
  });

  setValue(value);
  return {
    element,
    input,
    name,
    get value() {
      return rows.filter((row) => row.stored).map((row) => row.stored);
    },
    set value(files) {
      setValue(files);
    },
    showError,
    /** The API refused the files of an application: their tokens have expired. */
    refuse() {
      setValue(this.value);
      if (error.hidden) showError(t.errors.expired);
      input.focus();
      onChange();
    },
    freeze(value) {
      isFrozen = value;
      input.disabled = value;
      for (const row of rows) row.freeze(value);
    },
  };
}

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

function fileRow({ name, bytes }, { remove, retry }) {
  const text = h("span", { class: "hint" });
  const bar = h("progress", { max: 100, "aria-label": t.progress(name), hidden: true });
  const again = button("quiet", t.retryShort, () => retry(row), {
    "aria-label": t.retry(name),
    hidden: true,
  });
  const removal = button("quiet", t.removeShort, () => remove(row), { "aria-label": t.remove(name) });
  const row = {
    name,
    state: "uploading",
    file: null,
    stored: null,
    ended: null,
    element: h(
      "li",
      {},
      h("span", { class: "file-name", dir: "auto" }, name),
      h("span", { class: "hint" }, formatSize(bytes)),
      bar,
      text,
      h("span", { class: "row" }, again, removal),
    ),
    show(state, shown, percent = 0, canRetry = false) {
      row.state = state;
      text.textContent = shown;
      text.classList.toggle("field-error", state === "failed");
      bar.hidden = state !== "uploading";
      bar.value = percent;
      again.hidden = !canRetry;
      const isRunning = state === "uploading";
      removal.textContent = isRunning ? t.cancelShort : t.removeShort;
      removal.setAttribute("aria-label", isRunning ? t.cancel(name) : t.remove(name));
    },
    showStored: () => row.show("stored", row.stored.scanned ? t.scanned : t.done),
    focus: () => removal.focus(),
    freeze(isFrozen) {
      removal.disabled = isFrozen;
    },
  };
  return row;
}
