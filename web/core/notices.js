// Short messages at the edge of the screen, read out by screen readers ("toasts").

import { fill, h } from "./dom.js";
import { texts } from "../texts.js";

const STAYS_MS = 8000;
const MOST = 3;
const MOST_ON_A_PHONE = 2;

// kind: "good", "plain" or "bad". It goes by itself, not while it is pointed at or focused.
export function notice(text, { kind = "plain", link = null } = {}) {
  const place = document.getElementById("notices");
  const close = h(
    "button",
    { type: "button", class: "notice-close", "aria-label": texts.notices.close },
    "×",
  );
  const element = h("div", { class: `notice notice-${kind}` }, h("p", {}, text, link && " ", link), close);
  const remove = () => element.remove();
  close.addEventListener("click", remove);
  let timer = setTimeout(remove, STAYS_MS);
  const hold = () => clearTimeout(timer);
  const release = () => (timer = setTimeout(remove, STAYS_MS));
  element.addEventListener("pointerenter", hold);
  element.addEventListener("pointerleave", release);
  element.addEventListener("focusin", hold);
  element.addEventListener("focusout", release);
  place.append(element);
  // Not so many that they hide the page.
  const most = matchMedia("(width < 40rem)").matches ? MOST_ON_A_PHONE : MOST;
  while (place.children.length > most) place.firstElementChild.remove();
  return element;
}

// A banner that stays as long as something holds: being offline, for one. Empty text removes it.
export function banner(text) {
  let element = document.getElementById("banner");
  if (!text) return element?.remove();
  if (!element) {
    element = h("div", { id: "banner", class: "banner", role: "status" });
    document.getElementById("bar").after(element);
  }
  fill(element, text);
}
