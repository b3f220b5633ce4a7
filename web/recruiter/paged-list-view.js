// A list that is read page by page.

import { button, fill, h } from "../core/dom.js";
import { load, showFailure } from "../core/states-view.js";

/**
 * @param {object} options
 * @param {any} options.view
 * @param {any} options.firstPage a page as the API answers it, with the cursor `next`
 * @param {(cursor: string) => Promise<any>} options.readPage reads a later page
 * @param {(page: any) => Node[]} options.toItems creates the items of a page
 * @param {string} options.more the text of the button for the next page
 */
export function pagedList({ view, firstPage, readPage, toItems, more }) {
  const list = h("ul", { class: "list" });
  const after = h("div", {});
  const append = (page) => {
    const items = toItems(page);
    const hadFocus = after.contains(document.activeElement);
    list.append(...items);
    fill(after, page.next && button("quiet", more, () => showMore(page.next), { "data-row": true }));
    // The button that was used is gone, so the focus continues at the first new item.
    if (hadFocus) /** @type {any} */ (items[0])?.querySelector("a")?.focus();
  };
  const showMore = (cursor) =>
    load({
      signal: view.signal,
      lines: 0,
      place: (node) => fill(after, node),
      read: () => readPage(cursor),
      render: append,
    }).catch((error) => showFailure(view, error));
  append(firstPage);
  return h("div", { class: "stack" }, list, after);
}
