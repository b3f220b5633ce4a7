// Above the list of applicants: the search, and the download for spreadsheets.

import { button, h } from "../core/dom.js";
import { buildHash, navigate } from "../core/router.js";
import { showFailure } from "../core/states-view.js";
import { answerFilter } from "./answers-view.js";
import { fileName, filterOf } from "./applicants-model.js";
import { exportApplicants } from "./employers-api.js";
import { recruiterTexts } from "./recruiter-texts.js";

const t = recruiterTexts.applicants;
// Excel reads a file as UTF-8 only if it begins with this.
const BYTE_ORDER_MARK = "\ufeff";
const EXPORTERS = ["owner", "recruiter"];

/**
 * Create the search of the list at `path`. Return the form and the shortcut that focuses the field.
 *
 * @param {any} view
 * @param {string} path
 * @param {any} asked the form of the posting; null if it asks no questions
 */
export function applicantSearch(view, path, asked) {
  const answers = answerFilter(view.query, asked?.questions);
  const input = h("input", {
    type: "search",
    id: "applicants-search",
    value: view.query.get("q") ?? "",
    maxlength: 200,
    autocomplete: "off",
    enterkeyhint: "search",
  });
  const onsubmit = (event) => {
    event.preventDefault();
    const stage = view.query.get("stage") ?? "";
    navigate(buildHash(path, { stage, q: input.value.trim(), ...answers.value() }));
  };
  const form = h(
    "form",
    { role: "search", class: "applicants-search", onsubmit },
    h("label", { for: input.id }, t.search),
    input,
    h("button", { class: "button button-quiet" }, t.find),
    answers.elements,
  );
  return { form, shortcut: { key: "/", text: t.focusSearch, run: () => input.focus() } };
}

/** Create the button that saves the list as one file; null for a role that may not export. */
export function downloadButton(view, posting, role) {
  if (!EXPORTERS.includes(role)) return null;
  const download = async () => {
    element.disabled = true;
    element.textContent = t.downloading;
    try {
      const { employer } = view.params;
      const parts = await exportApplicants(employer, posting.id, filterOf(view.query), view.signal);
      save(parts, fileName(posting.title ?? ""));
    } catch (error) {
      showFailure(view, error);
    } finally {
      element.disabled = false;
      element.textContent = t.download;
    }
  };
  const element = button("quiet", t.download, download);
  return element;
}

function save(parts, name) {
  const url = URL.createObjectURL(new Blob([BYTE_ORDER_MARK, ...parts], { type: "text/csv" }));
  const anchor = h("a", { href: url, download: name, hidden: true });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
