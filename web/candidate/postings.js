// Postings, newest first: for now only a list (being built).
import { call } from "../core/api.js";
import { h, link } from "../core/dom.js";
import { heading, load } from "../core/states.js";

export async function page(view) {
  view.title("Postings");
  const list = h("div", { class: "stack" });
  view.show(heading("Postings"), list);
  await load({
    signal: view.signal,
    place: (node) => list.replaceChildren(node),
    read: () => call("GET", "v1/postings"),
    render: ({ body }) =>
      list.replaceChildren(
        ...body.postings.map((one) => h("article", { class: "card" }, link(`#/postings/${one.id}`, {}, one.title))),
      ),
  });
}
