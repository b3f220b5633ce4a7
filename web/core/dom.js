// Element creation. Strings become text nodes, never markup, so a script in a name is shown as text.

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
  element.append(...flatten(children));
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
  element.replaceChildren(...flatten(children));
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
