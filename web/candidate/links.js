// The links of an application: as many fields as there are links.

import { fill, h, newId } from "../core/dom.js";
import { texts } from "../texts.js";

const t = texts.candidate.apply;
const LONGEST = 500;

// -> like a field of core/forms.js: { element, input, name, value, error(text) }, and freeze(whether).
export function linksField({ most, value, changed }) {
  let rows = [];
  const list = h("ol", { class: "links" });
  const add = h(
    "button",
    { type: "button", class: "button-quiet", onclick: () => append("").input.focus() },
    t.addLink,
  );
  const full = h("p", { class: "hint", hidden: true }, t.linksFull(most));
  const hint = newId("links-hint");
  const element = h(
    "fieldset",
    { class: "field", "aria-describedby": hint },
    h("legend", {}, t.links, h("span", { class: "optional" }, ` ${texts.forms.optional}`)),
    h("p", { id: hint, class: "hint" }, t.linksHint(most)),
    list,
    full,
    h("div", {}, add),
  );

  function append(link) {
    const one = row(link, changed, remove);
    rows.push(one);
    draw();
    return one;
  }

  function remove(one) {
    const at = rows.indexOf(one);
    rows = rows.filter((other) => other !== one);
    draw();
    (rows[at] ?? rows.at(-1))?.input.focus();
    if (!rows.length) add.focus();
    changed();
  }

  function draw() {
    rows.forEach((one, index) => one.number(index + 1));
    fill(
      list,
      rows.map((one) => one.element),
    );
    list.hidden = !rows.length;
    add.hidden = rows.length >= most;
    full.hidden = !add.hidden;
  }

  for (const link of value) append(link);
  draw();
  return {
    element,
    name: "links",
    // The one to complain about.
    get input() {
      return (rows.find((one) => !one.input.validity.valid) ?? rows[0])?.input ?? add;
    },
    get value() {
      return rows.map((one) => one.input.value.trim());
    },
    // Fields that stay are the same ones: who is in one stays there.
    set value(links) {
      const before = rows.length;
      rows = links.map((link, at) => rows[at] ?? row(link, changed, remove));
      links.forEach((link, at) => (rows[at].value = link));
      if (rows.length !== before) draw();
    },
    error(text) {
      const wrong = rows.find((one) => !one.input.validity.valid) ?? rows[0];
      for (const one of rows) one.error(one === wrong ? text : "");
    },
    freeze(whether) {
      for (const one of rows) one.freeze(whether);
      add.disabled = whether;
    },
  };
}

function row(link, changed, remove) {
  const id = newId("link");
  const errorId = `${id}-error`;
  const input = h("input", {
    id,
    inputmode: "url",
    autocomplete: "url",
    autocapitalize: "none",
    spellcheck: "false",
    placeholder: "https://",
    "aria-describedby": errorId,
    value: link,
  });
  const label = h("label", { for: id });
  const error = h("p", { id: errorId, class: "field-error", hidden: true });
  const button = h("button", { type: "button", class: "plain", onclick: () => remove(one) }, "×");
  const one = {
    input,
    element: h("li", {}, label, h("div", { class: "link-row" }, input, button), error),
    number(place) {
      label.textContent = t.link(place);
      button.setAttribute("aria-label", t.removeLink(place));
    },
    error(text) {
      error.hidden = !text;
      error.textContent = text;
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
    set value(link) {
      if (input.value.trim() !== link) input.value = link;
      judge();
    },
    freeze(whether) {
      input.readOnly = whether;
      button.disabled = whether;
    },
  };
  const judge = () => input.setCustomValidity(complaint(input.value.trim()));
  input.addEventListener("input", () => {
    judge();
    if (input.validity.valid) one.error("");
    changed();
  });
  // Typed as one says it: "example.com/cv". What is wrong is told when it is sent, not here: the button
  // would move away under the click that leaves the field.
  input.addEventListener("change", () => {
    const text = input.value.trim();
    input.value = /^[^\s/:]+\.[^\s/:]+(\/|$)/.test(text) ? `https://${text}` : text;
    judge();
    changed();
  });
  judge();
  return one;
}

function complaint(link) {
  if (!link) return "";
  if (link.length > LONGEST) return t.linkTooLong;
  return /^https:\/\/[^\s]+$/.test(link) && URL.canParse(link) ? "" : t.linkWrong;
}
