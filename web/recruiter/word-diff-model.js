// The difference between two texts, word by word.

// A table of more cells takes a noticeable time. Such texts are then shown as replaced.
const MOST_CELLS = 16_000_000;

/**
 * Return the parts of two texts: `{ kind, text }`. The texts of "same" and "removed" parts make `before`,
 * those of "same" and "added" parts make `after`.
 *
 * @param {string} before
 * @param {string} after
 * @returns {{kind: "same" | "added" | "removed", text: string}[]}
 */
export function diffWords(before, after) {
  const old = wordsOf(before);
  const now = wordsOf(after);
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let tail = 0;
  const most = Math.min(old.length, now.length) - start;
  while (tail < most && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const parts = [];
  add(parts, "same", old.slice(0, start));
  addChanged(parts, old.slice(start, old.length - tail), now.slice(start, now.length - tail));
  add(parts, "same", old.slice(old.length - tail));
  return parts;
}

// Words with the white space behind them.
const wordsOf = (text) => text.match(/\S+\s*|^\s+/g) ?? [];

function add(parts, kind, words) {
  if (!words.length) return;
  const text = words.join("");
  if (parts.at(-1)?.kind === kind) parts.at(-1).text += text;
  else parts.push({ kind, text });
}

function addChanged(parts, old, now) {
  const width = now.length + 1;
  if (!old.length || !now.length || (old.length + 1) * width > MOST_CELLS) {
    add(parts, "removed", old);
    add(parts, "added", now);
    return;
  }
  // The length of the longest common sequence of the words from i and from j on.
  const lengths = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        old[i] === now[j]
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  let i = 0;
  let j = 0;
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      add(parts, "same", [old[i]]);
      i += 1;
      j += 1;
    } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
      add(parts, "removed", [old[i]]);
      i += 1;
    } else {
      add(parts, "added", [now[j]]);
      j += 1;
    }
  }
  add(parts, "removed", old.slice(i));
  add(parts, "added", now.slice(j));
}
