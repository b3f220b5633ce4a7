// The import of a resume: shows what a file has beside the profile, and takes the parts that are ticked.
// Nothing is saved before that.

import { button, fill, h, newId } from "../core/dom.js";
import { session } from "../core/session.js";
import { errorText } from "../core/states-view.js";
import { fileError } from "./file-model.js";
import { UploadFailed, uploadFile } from "./file-upload.js";
import { filesTexts } from "./files-texts.js";
import { findFacts, importResume } from "./profile-api.js";
import { comparedParts, resumeFromFacts, takeParts } from "./profile-model.js";
import { profileTexts } from "./profile-texts.js";

const t = profileTexts.import;
const MOST_BYTES = 500_000;
const FORMATS = { json: "json-resume", xml: "europass" };

// Why a file cannot be imported, as a sentence.
class ImportFailed extends Error {}

/**
 * Create the view.
 *
 * @param {object} options
 * @param {() => any} options.present returns the resume as it is on the page
 * @param {(resume: any) => Promise<void>} options.save saves a resume
 * @param {AbortSignal} options.signal
 */
export function profileImportView({ present, save, signal }) {
  const [id, hintId, errorId] = ["import", "hint", "error"].map(newId);
  const error = h("p", { id: errorId, class: "field-error", role: "alert", hidden: true });
  const state = h("p", { class: "hint", role: "status" });
  const bar = h("progress", { max: 100, "aria-label": t.progress, hidden: true });
  const result = h("div", {});
  const input = h("input", {
    id,
    type: "file",
    accept: ".json,.xml,.pdf,.docx,.odt,.txt",
    "aria-describedby": `${hintId} ${errorId}`,
    onchange: () => input.files.length && read(input.files[0]),
  });
  let newest = null;

  function showError(text) {
    error.hidden = !text;
    error.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  async function read(file) {
    newest?.abort();
    const own = new AbortController();
    newest = own;
    const ended = AbortSignal.any([signal, own.signal]);
    showError("");
    fill(result);
    state.textContent = t.reading;
    try {
      const found = await findResume(file, ended);
      if (!ended.aborted) showFound(file.name, found);
    } catch (problem) {
      if (!ended.aborted) showError(reasonOf(problem));
    }
    if (ended.aborted) return;
    bar.hidden = true;
    state.textContent = "";
    // So that the same file can be chosen again.
    input.value = "";
  }

  async function findResume(file, ended) {
    const format = FORMATS[file.name.split(".").at(-1).toLowerCase()];
    if (!format) return findInText(file, ended);
    if (!file.size) throw new ImportFailed(filesTexts.errors.empty);
    if (file.size > MOST_BYTES) throw new ImportFailed(t.tooLarge);
    return importResume({ format, content: await base64(file) }, ended);
  }

  async function findInText(file, ended) {
    const reason = fileError(file);
    if (reason) throw new ImportFailed(reason === "type" ? t.type : filesTexts.errors[reason]);
    bar.hidden = false;
    const { id: fileId } = await uploadFile(file, {
      signal: ended,
      onProgress: (_, percent) => {
        bar.value = percent;
        state.textContent = percent < 100 ? filesTexts.uploading(percent) : t.reading;
      },
    });
    const facts = await findFacts(fileId, ended);
    return { resume: resumeFromFacts(facts, present(), session.account?.email ?? ""), left_out: [] };
  }

  function showFound(name, found) {
    const parts = comparedParts(present(), found.resume).map(partRow);
    const title = h("h3", { tabindex: "-1" }, t.found(name));
    const take = button("", t.take, async () => {
      const ids = parts.filter((part) => part.input.checked).map((part) => part.id);
      if (!ids.length) return showError(t.nothingTicked);
      take.setAttribute("aria-busy", "true");
      try {
        await save(takeParts(present(), found.resume, ids));
      } catch (problem) {
        if (!signal.aborted)
          showError(problem.slug === "precondition-failed" ? profileTexts.conflict : reasonOf(problem));
      } finally {
        take.removeAttribute("aria-busy");
      }
    });
    const discard = button("quiet", t.discard, () => {
      fill(result);
      showError("");
      input.focus();
    });
    fill(
      result,
      h(
        "section",
        { class: "card stack" },
        title,
        h("p", {}, parts.length ? t.check : t.nothing),
        parts.length &&
          h(
            "ul",
            { class: "profile-parts" },
            parts.map((part) => part.element),
          ),
        leftOut(found.left_out),
        h("div", { class: "form-actions" }, parts.length && take, discard),
      ),
    );
    title.focus();
  }

  return h(
    "section",
    { class: "stack" },
    h("h2", {}, t.title),
    h("label", { for: id }, t.choose),
    h("p", { id: hintId, class: "hint" }, t.hint),
    input,
    bar,
    state,
    error,
    result,
  );
}

function partRow({ id, now, found, isSafe }) {
  const input = h("input", { type: "checkbox", checked: isSafe });
  const [first, ...rest] = id.split(".");
  const name = rest.length ? profileTexts.fields[rest.join(".")] : profileTexts.lists[first];
  const column = (title, texts) =>
    h(
      "div",
      {},
      h("p", { class: "hint" }, title),
      texts.length ? texts.map((text) => h("p", { dir: "auto" }, text || "–")) : h("p", {}, "–"),
    );
  return {
    id,
    input,
    element: h(
      "li",
      {},
      h("label", { class: "check" }, input, name),
      h("div", { class: "profile-part" }, column(t.now, now), column(t.inFile, found)),
    ),
  };
}

function leftOut(values) {
  return (
    values.length > 0 &&
    h(
      "details",
      { class: "unfolds" },
      h("summary", {}, t.leftOut(values.length)),
      h(
        "ul",
        {},
        values.map(({ field, reason }) => h("li", {}, h("code", {}, field), `: ${reason}`)),
      ),
    )
  );
}

function reasonOf(problem) {
  if (problem instanceof ImportFailed) return problem.message;
  if (problem instanceof UploadFailed) return problem.detail || filesTexts.errors[problem.reason];
  if (["import-refused", "file-not-read"].includes(problem.slug)) return t.refused(problem.detail);
  return errorText(problem);
}

/** Return the content of a file in base64. */
function base64(file) {
  const reader = new FileReader();
  return /** @type {Promise<string>} */ (
    new Promise((resolve, reject) => {
      reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
      reader.onerror = () => reject(new ImportFailed(filesTexts.errors.unreadable));
      reader.readAsDataURL(file);
    })
  );
}
