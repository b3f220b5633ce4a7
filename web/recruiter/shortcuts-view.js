// Keyboard shortcuts of a page, and the dialog that lists them. They can be switched off, because people
// who speak to their computer would set them off by accident (WCAG 2.1.4).

import { readItem, removeItem, saveItem } from "../core/browser-features.js";
import { button, h } from "../core/dom.js";
import { neighbourIndex, shortcutKey } from "./shortcuts-model.js";
import { shortcutTexts as t } from "./shortcuts-texts.js";

const OFF_KEY = "hirelane.shortcuts-off";

/** @typedef {{key: string, text: string, run?: () => any, repeats?: boolean}} Shortcut */

/**
 * Listen to shortcuts until the page is left. "?" opens their help. Return a button that opens it too.
 * A shortcut runs once for each time that its key is pressed, and again while it is held if it `repeats`.
 * A shortcut without `run` is only listed, because the browser handles it itself.
 *
 * @param {any} view
 * @param {Shortcut[]} list
 */
export function shortcuts(view, list) {
  const openHelp = () => showHelp(view, [...list, help]);
  /** @type {Shortcut} */
  const help = { key: "?", text: t.help, run: openHelp };
  const onKey = (event) => {
    const key = shortcutKey(event);
    const found = key && [...list, help].find((one) => one.run && one.key === key);
    if (!found || readItem(OFF_KEY) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    if (!event.repeat || found.repeats) found.run();
  };
  document.addEventListener("keydown", onKey, { signal: view.signal });
  return button("quiet", t.open, openHelp, { class: "plain shortcuts-button" });
}

/**
 * Return the shortcuts "j" and "k", which move the focus through the elements with `data-row` in a list.
 *
 * @param {Element} list
 * @returns {Shortcut[]}
 */
export function rowShortcuts(list) {
  const move = (step) => () => {
    const rows = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[data-row]")]);
    const present = document.activeElement;
    const index = rows.findIndex((one) => one === present || one.closest("li")?.contains(present));
    rows[neighbourIndex(index, step, rows.length)]?.focus();
  };
  return [
    { key: "j", text: t.nextRow, run: move(1), repeats: true },
    { key: "k", text: t.previousRow, run: move(-1), repeats: true },
    { key: "Enter", text: t.openRow },
  ];
}

function showHelp(view, list) {
  const isOff = h("input", { type: "checkbox", id: "shortcuts-off", checked: Boolean(readItem(OFF_KEY)) });
  isOff.addEventListener("change", () => (isOff.checked ? saveItem(OFF_KEY, "1") : removeItem(OFF_KEY)));
  const dialog = h(
    "dialog",
    { "aria-labelledby": "shortcuts-title" },
    h(
      "div",
      { class: "stack" },
      h("h2", { id: "shortcuts-title" }, t.title),
      h(
        "dl",
        { class: "shortcuts" },
        list.map(({ key, text }) =>
          h("div", {}, h("dt", {}, h("kbd", {}, t.keys[key] ?? key)), h("dd", {}, text)),
        ),
      ),
      h("p", { class: "soft small" }, t.hint),
      h("label", { class: "check" }, isOff, " ", t.off),
      h(
        "div",
        { class: "form-actions" },
        button("", t.close, () => dialog.close(), { autofocus: true }),
      ),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  view.signal.addEventListener("abort", () => dialog.close(), { once: true });
  document.body.append(dialog);
  dialog.showModal();
}
