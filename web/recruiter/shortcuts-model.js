// Pure functions for keyboard shortcuts: single keys that work while nothing else takes them.

const TYPING = "input, textarea, select, [contenteditable], dialog";
const LETTER_CODE = /^Key([A-Z])$/;

/**
 * Return the key of an event as shortcuts name it, or "" if the event is no shortcut: it has a modifier,
 * belongs to an input method, was handled already, or somebody types into a field or uses a dialog.
 * Letters are lower case. On a keyboard of another script, a letter is the one that its key has on a
 * keyboard of the Latin script.
 */
export function shortcutKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented)
    return "";
  if (event.target?.closest?.(TYPING)) return "";
  const { key } = event;
  if (key.length > 1) return key;
  if (/[a-z]/i.test(key)) return event.shiftKey ? "" : key.toLowerCase();
  return /\p{Letter}/u.test(key) ? (LETTER_CODE.exec(event.code)?.[1].toLowerCase() ?? "") : key;
}

/** Return the index to go to from an index of a list (-1: from outside) by `step`, within its bounds. */
export const neighbourIndex = (index, step, count) =>
  index < 0 ? (step > 0 ? 0 : count - 1) : Math.min(Math.max(index + step, 0), count - 1);
