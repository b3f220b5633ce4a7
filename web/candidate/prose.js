// A posting's description: plain text whose blank lines part paragraphs, and whose lines that begin
// with "- " are items of a list.

import { h } from "../core/dom.js";

const LONGEST_HEADING = 60;

// `level` is that of the headings, which are short lines by themselves, without a full stop, before
// something else.
export function prose(text, level = 3) {
  const parts = text
    .replaceAll("\r\n", "\n")
    .split(/\n\s*\n/)
    .flatMap(partsOf);
  return h(
    "div",
    { class: "prose" },
    parts.map((part, index) => {
      if (Array.isArray(part))
        return h(
          "ul",
          {},
          part.map((item) => h("li", {}, item)),
        );
      const isHeading =
        index + 1 < parts.length && part.length <= LONGEST_HEADING && !/[\n.:;,!?…]/.test(part);
      return h(isHeading ? `h${level}` : "p", {}, part);
    }),
  );
}

// A block of lines as paragraphs (texts) and lists (arrays), in their order.
function partsOf(block) {
  const parts = [];
  for (const line of block.trim().split("\n")) {
    const last = parts.at(-1);
    const item = /^\s*- (.*)$/.exec(line)?.[1];
    if (item !== undefined) {
      if (Array.isArray(last)) last.push(item);
      else parts.push([item]);
    } else if (Array.isArray(last) && /^\s+\S/.test(line)) {
      // Indented: the item goes on.
      last[last.length - 1] += ` ${line.trim()}`;
    } else if (typeof last === "string") {
      parts[parts.length - 1] = `${last}\n${line}`;
    } else if (line.trim()) {
      parts.push(line);
    }
  }
  return parts;
}
