// Element creation. Strings become text nodes, never markup, so a script in a name is shown as text.
// A string that is written from right to left gets an element of its own (<bdi>), so that it does not
// change the order of the text beside it.

import { closeDirections, hasIsolates, isolate, isRightToLeft } from "./text-model.js";

// These contain only text.
const TEXT_ELEMENTS = ["option", "textarea", "title"];

/**
 * Create an element: `h("p", { class: "note", onclick: f, hidden: true }, "text", node, [more])`.
 * Properties and children that are null, undefined or false are skipped.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  const showText = TEXT_ELEMENTS.includes(tag) ? plainText : properties.dir ? closeDirections : textNode;
  element.append(...flatten(children).map((child) => (typeof child === "string" ? showText(child) : child)));
  return element;
}

const plainText = (text) => (hasIsolates(text) ? closeDirections(text) : isolate(text));

function textNode(text) {
  const closed = closeDirections(text);
  if (!isRightToLeft(closed)) return closed;
  const element = document.createElement("bdi");
  // A sentence of ours, with isolated parts, is written from left to right.
  if (hasIsolates(closed)) element.dir = "ltr";
  element.append(closed);
  return element;
}

/** Create a link to a page of this client ("#/...") or to another site. */
export function link(href, properties, ...children) {
  const external = /^https?:/.test(href) ? { rel: "noopener noreferrer external" } : {};
  return h("a", { href, ...external, ...properties }, ...children);
}

/** Create a button. `kind`: "" (main action), "quiet", "bad". */
export function button(kind, text, onclick, properties = {}) {
  const kindClass = kind && ` button-${kind}`;
  return h("button", { type: "button", class: `button${kindClass}`, onclick, ...properties }, text);
}

/** Replace the children of an element. */
export function fill(element, ...children) {
  const nodes = flatten(children).map((child) => (typeof child === "string" ? textNode(child) : child));
  element.replaceChildren(...nodes);
  return element;
}

let idCount = 0;

/** Return an id that is unique on the page. */
export function newId(word) {
  idCount += 1;
  return `${word}-${idCount}`;
}

function flatten(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
