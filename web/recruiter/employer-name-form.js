// The name of an employer, and its part of public addresses, for its owners.

import { h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { showNotice } from "../core/shell-view.js";
import { employerNameTexts as t } from "./employer-name-texts.js";
import { changeEmployer } from "./employers-api.js";

const SLUG = "[a-z0-9]+(-[a-z0-9]+)*";

/**
 * Create the form. `onSaved(employer)` is called after each change.
 *
 * @param {{ employer: any }} shared the employer as it was read or saved last, also by other forms
 * @param {(employer: any) => void} onSaved
 */
export function employerNameForm(shared, onSaved) {
  const { employer } = shared;
  const name = field({ name: "name", label: t.name, maxlength: 200, value: employer.name });
  const slug = field({
    name: "slug",
    label: t.slug,
    hint: t.slugHint,
    minlength: 2,
    maxlength: 60,
    pattern: SLUG,
    autocapitalize: "none",
    autocomplete: "off",
    spellcheck: "false",
    value: employer.slug,
  });
  const address = h("output", { for: slug.input.id });
  const showAddress = () => {
    address.textContent = new URL(`jobs/${encodeURIComponent(slug.value)}`, document.baseURI).href;
  };
  slug.input.addEventListener("input", showAddress);
  showAddress();
  return form({
    fields: [
      name,
      slug,
      h("p", { class: "small" }, t.address, " ", address),
      h("p", { class: "hint" }, t.former),
    ],
    submitLabel: t.save,
    problemTexts: { "precondition-failed": t.conflict, "slug-taken": { field: "slug", text: t.taken } },
    fieldTexts: { slug: t.invalid, name: t.invalidName },
    onSubmit: async (values) => {
      shared.employer = await changeEmployer(shared.employer, values);
      showNotice(t.saved, "good");
      onSaved(shared.employer);
    },
  });
}
