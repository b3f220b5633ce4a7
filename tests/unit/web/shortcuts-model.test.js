import assert from "node:assert/strict";
import { test } from "node:test";
import { neighbourIndex, shortcutKey } from "../../../web/recruiter/shortcuts-model.js";

const press = (key, more = {}) => shortcutKey({ key, code: "", target: null, ...more });
const within = (name) => ({ closest: (selector) => (selector.includes(name) ? {} : null) });

test("a key is a shortcut only without modifiers, typing and dialogs", () => {
  assert.equal(press("a"), "a");
  assert.equal(press("A"), "a", "with caps lock");
  assert.equal(press("?", { shiftKey: true }), "?");
  assert.equal(press("Enter"), "Enter");
  assert.equal(press("ф", { code: "KeyA" }), "a", "on a Russian keyboard");
  assert.equal(press("j", { target: within("li") }), "j");
  for (const modifier of ["ctrlKey", "metaKey", "altKey", "isComposing", "defaultPrevented"]) {
    assert.equal(press("a", { [modifier]: true }), "", modifier);
  }
  assert.equal(press("A", { shiftKey: true }), "");
  for (const element of ["input", "textarea", "select", "dialog", "[contenteditable]"]) {
    assert.equal(press("a", { target: within(element) }), "", element);
  }
});

test("moving through a list stays within it", () => {
  const moved = (...args) => neighbourIndex(...args);
  assert.deepEqual(
    [moved(-1, 1, 3), moved(-1, -1, 3), moved(1, 1, 3), moved(2, 1, 3), moved(0, -1, 3)],
    [0, 2, 2, 2, 0],
  );
});
