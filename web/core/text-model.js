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

// Embeddings, overrides and isolates: they change the direction of the text behind them.
const DIRECTION_CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;
const EMBEDDINGS = /[\u202a-\u202e]/g;
const ISOLATES = /[\u2066-\u2069]/g;
const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";
// Hebrew, Arabic and their relatives, with their digits.
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Return whether a text could change the order of text beside it. */
export const isRightToLeft = (text) => RIGHT_TO_LEFT.test(text);

/** Return whether a text contains isolated parts. */
export const hasIsolates = (text) => text.search(ISOLATES) >= 0;

/** Return a text for use within a sentence, so that neither changes the direction of the other. */
export function isolate(text) {
  const bare = text.replace(DIRECTION_CONTROLS, "");
  return isRightToLeft(bare) ? FIRST_STRONG_ISOLATE + bare + POP_ISOLATE : bare;
}

/** Return a text that changes no direction behind it: without embeddings, and with closed isolates. */
export function closeDirections(text) {
  let open = 0;
  const kept = text.replace(EMBEDDINGS, "").replace(ISOLATES, (control) => {
    if (control !== POP_ISOLATE) open += 1;
    else if (open) open -= 1;
    else return "";
    return control;
  });
  return kept + POP_ISOLATE.repeat(open);
}

/** Apply `wellFormed` to each text, as the replacer of JSON.stringify or the reviver of JSON.parse. */
export const wellFormedValue = (_key, value) => (typeof value === "string" ? wellFormed(value) : value);
