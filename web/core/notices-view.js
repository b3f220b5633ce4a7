// Notices: short messages at the edge of the screen, announced by screen readers.

import { texts } from "../texts.js";
import { fill, h } from "./dom.js";

const VISIBLE_MS = 8000;
const MAX_NOTICES = 3;
const MAX_NOTICES_PHONE = 2;

/** Show a notice. It disappears after some seconds, but not while it is hovered or focused. */
export function showNotice(text, kind = "plain") {
  const list = document.getElementById("notices");
  const close = h(
    "button",
    { type: "button", class: "notice-close", "aria-label": texts.notices.close },
    "×",
  );
  const notice = h("div", { class: `notice notice-${kind}` }, h("p", {}, text), close);
  const remove = () => notice.remove();
  close.addEventListener("click", remove);
  let timer = setTimeout(remove, VISIBLE_MS);
  const hold = () => clearTimeout(timer);
  const release = () => (timer = setTimeout(remove, VISIBLE_MS));
  notice.addEventListener("pointerenter", hold);
  notice.addEventListener("pointerleave", release);
  notice.addEventListener("focusin", hold);
  notice.addEventListener("focusout", release);
  list.append(notice);
  const most = matchMedia("(width < 40rem)").matches ? MAX_NOTICES_PHONE : MAX_NOTICES;
  while (list.children.length > most) list.firstElementChild.remove();
}

/** Show a banner until it is called with an empty text. */
export function setBanner(text) {
  let banner = document.getElementById("banner");
  if (!text) return banner?.remove();
  if (!banner) {
    banner = h("div", { id: "banner", class: "banner", role: "status" });
    document.getElementById("bar").after(banner);
  }
  fill(banner, text);
}
