// Parser of posting descriptions: plain text in which blank lines separate blocks, and lines that
// start with "- " are list items.

const MAX_HEADING_LENGTH = 60;

/**
 * Return the parts in order. A paragraph that is short, has no punctuation and precedes another part
 * is a heading.
 *
 * @param {string} text
 * @returns {({kind: "heading" | "paragraph", text: string} | {kind: "list", items: string[]})[]}
 */
export function parseDescription(text) {
  const parts = text
    .replaceAll("\r\n", "\n")
    .split(/\n\s*\n/)
    .flatMap(parseBlock);
  return parts.map((part, index) => {
    if (Array.isArray(part)) return { kind: "list", items: part };
    const isLast = index + 1 === parts.length;
    const isHeading = !isLast && part.length <= MAX_HEADING_LENGTH && !/[\n.:;,!?…]/.test(part);
    return { kind: isHeading ? "heading" : "paragraph", text: part };
  });
}

// Returns paragraphs (strings) and lists (arrays of strings).
function parseBlock(block) {
  const parts = [];
  for (const line of block.trim().split("\n")) {
    const last = parts.at(-1);
    const item = /^\s*- (.*)$/.exec(line)?.[1];
    if (item !== undefined) {
      if (Array.isArray(last)) last.push(item);
      else parts.push([item]);
    } else if (Array.isArray(last) && /^\s+\S/.test(line)) {
      // An indented line continues the item above.
      last[last.length - 1] += ` ${line.trim()}`;
    } else if (typeof last === "string") {
      parts[parts.length - 1] = `${last}\n${line}`;
    } else if (line.trim()) {
      parts.push(line);
    }
  }
  return parts;
}
