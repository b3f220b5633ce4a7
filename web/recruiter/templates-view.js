// The templates for the e-mails of rejections: list, write, change, delete, and choose the default one.

import { showActionError } from "../accounts/log-in-dialog.js";
import { button, fill, h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { ifVersion, read, send } from "./employers-api.js";
import { recruiterTexts } from "./recruiter-texts.js";

const t = recruiterTexts.settings;

/**
 * Create the list of templates, and the form of a new one. `onSaved()` is called after each change.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {string} options.path of the templates in the API
 * @param {any[]} options.templates
 * @param {() => void} options.onSaved
 */
export function templatesView({ view, path, templates, onSaved }) {
  const list = h("ul", { class: "list" });
  const create = h("details", { open: !templates.length }, h("summary", {}, t.newTemplate), newForm());
  const draw = (all) => fill(list, all.map(templateItem));

  // What was typed into the form of a new template stays.
  async function change(action, id = "") {
    await action();
    onSaved();
    draw((await read(path, view.signal)).templates);
    const changed = [...list.children].find((one) => one.dataset.template === id);
    (changed ?? create).querySelector("summary")?.focus();
  }

  async function act(action, id) {
    try {
      await change(action, id);
    } catch (error) {
      if (!view.signal.aborted) showActionError(error, { "precondition-failed": t.conflict });
    }
  }

  function newForm() {
    return templateForm(null, async (values, element) => {
      await change(() => send("POST", path, values));
      element.reset();
    });
  }

  function templateItem(template) {
    const own = `${path}/${template.id}`;
    const patch = (values) => send("PATCH", own, values, ifVersion(template));
    return h(
      "li",
      { class: "card stack", "data-template": template.id },
      h("h3", {}, template.name, " ", template.is_default && h("span", { class: "tag" }, t.isDefault)),
      h("p", { class: "letter", dir: "auto" }, template.message),
      h(
        "p",
        { class: "actions" },
        button(
          "quiet",
          template.is_default ? t.noDefault : t.makeDefault,
          () => act(() => patch({ is_default: !template.is_default }), template.id),
          { "aria-label": template.is_default ? t.noDefault : t.makeDefaultOf(template.name) },
        ),
        button("quiet", t.remove, () => act(() => send("DELETE", own, undefined, ifVersion(template))), {
          "aria-label": t.removeOf(template.name),
        }),
      ),
      h(
        "details",
        {},
        h("summary", {}, t.editOf(template.name)),
        templateForm(template, (values) => change(() => patch(values), template.id)),
      ),
    );
  }

  draw(templates);
  return [list, create];
}

function templateForm(template, onSubmit) {
  const message = field({
    name: "message",
    label: t.message,
    hint: t.messageHint,
    rows: 8,
    maxlength: 5000,
  });
  message.input.value = template?.message ?? "";
  const element = form({
    fields: [field({ name: "name", label: t.name, maxlength: 200, value: template?.name }), message],
    submitLabel: template ? t.save : t.addTemplate,
    problemTexts: { "precondition-failed": t.conflict, "too-many-templates": t.tooManyTemplates },
    fieldTexts: { message: recruiterTexts.rejection.invalid },
    onSubmit: (values) => onSubmit(values, element),
  });
  return element;
}
