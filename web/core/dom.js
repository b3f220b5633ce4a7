// Making elements. Text becomes text nodes, never markup: a script in a name is shown as text.

// h("p", { class: "note", onclick: f, hidden: true }, "text", node, [more]): null and false are left out.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...nodes(children));
  return element;
}

// A link that looks like what it is: to a place in this client ("#/...") or to another site.
export function link(href, properties, ...children) {
  const elsewhere = /^https?:/.test(href) ? { rel: "noopener noreferrer external" } : {};
  return h("a", { href, ...elsewhere, ...properties }, ...children);
}

// Puts nodes in place of what an element holds.
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

// An id for the elements of a page that refer to each other.
let used = 0;
export function newId(word) {
  used += 1;
  return `${word}-${used}`;
}

function nodes(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false);
}
