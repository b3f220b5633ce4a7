// Announcements to screen readers of what the page shows in another way. They stay when the page changes.

import { h } from "../core/dom.js";

let region = null;

/** Announce a text, after what is being read. */
export function announce(text) {
  if (!region) {
    region = h("div", { class: "unseen", role: "status" });
    document.body.append(region);
  }
  // Only a change is announced, so each text is a node of its own.
  region.replaceChildren(h("p", {}, text));
}
