// Pure functions for text that people type.

const LONE_SURROGATES = /\p{Surrogate}/gu;

/**
 * Return a text in which U+FFFD replaces each lone surrogate: half of a character, as it remains when
 * something cuts an emoji in two. No request can contain one. (As `toWellFormed()`, which browsers of
 * 2022 lack.)
 */
export const wellFormed = (text) => text.replace(LONE_SURROGATES, "\ufffd");

// Firefox before 125 has no segmenter; there an emoji sequence may be cut.
const segmenter = Intl.Segmenter ? new Intl.Segmenter() : null;

/** Return what a reader perceives as the first character of a text: "é" or "👩‍🔬"; or "". */
export function firstCharacter(text) {
  const [first] = segmenter ? segmenter.segment(text) : text;
  return (first?.segment ?? first) || "";
}

/** Apply `wellFormed` to each text, as the replacer of JSON.stringify or the reviver of JSON.parse. */
export const wellFormedValue = (_key, value) => (typeof value === "string" ? wellFormed(value) : value);
