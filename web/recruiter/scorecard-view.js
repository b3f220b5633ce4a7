// The scorecards of an applicant: the member's own and, after it was sent, those of other members.

import { showActionError } from "../accounts/log-in-dialog.js";
import { relativeTimeElement } from "../candidate/posting-view.js";
import { button, fill, h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { read, send } from "./employers-api.js";
import { recruiterTexts } from "./recruiter-texts.js";

const t = recruiterTexts.scorecards;

/**
 * Create the scorecards. `onChange()` is called when the own one was changed.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {string} options.path of the application in the API
 * @param {{ own: any, others: any[], hidden: number }} options.scorecards
 * @param {() => void} options.onChange
 */
export function scorecardView({ view, path, scorecards, onChange }) {
  const title = h("h2", { tabindex: "-1" }, t.title);
  const content = h("div", { class: "stack" });

  async function change(action) {
    await action();
    onChange();
    draw(await read(`${path}/scorecards`, view.signal));
    title.focus();
  }

  async function remove() {
    try {
      await change(() => send("DELETE", `${path}/scorecard`));
    } catch (error) {
      if (!view.signal.aborted) showActionError(error);
    }
  }

  function editForm(own) {
    const rating = field({
      name: "rating",
      label: t.rating,
      options: [["", t.choose], ...Object.entries(t.ratings).toReversed()],
      value: own ? String(own.rating) : "",
    });
    const comment = field({ name: "comment", label: t.comment, rows: 3, maxlength: 2000, optional: true });
    comment.input.value = own?.comment ?? "";
    return form({
      fields: [rating, comment],
      submitLabel: t.send,
      onSubmit: () =>
        change(() =>
          send("PUT", `${path}/scorecard`, { rating: Number(rating.value), comment: comment.value }),
        ),
    });
  }

  function draw({ own, others, hidden }) {
    if (!own) return fill(content, hidden > 0 && h("p", { class: "soft" }, t.hidden(hidden)), editForm(null));
    const actions = h(
      "p",
      { class: "actions" },
      button("quiet", t.edit, () => fill(content, editForm(own))),
      button("quiet", t.remove, remove),
    );
    const ownItem = scorecardItem({ ...own, author: t.you }, actions);
    const otherItems = others.map((one) => scorecardItem(one));
    return fill(content, h("ul", { class: "list" }, ownItem, otherItems));
  }

  draw(scorecards);
  return h("section", { class: "stack" }, title, content);
}

const scorecardItem = ({ author, rating, comment, at }, actions = null) =>
  h(
    "li",
    { class: "card stack" },
    h("p", {}, h("strong", {}, t.ratings[rating])),
    comment && h("p", { class: "letter", dir: "auto" }, comment),
    h(
      "p",
      { class: "soft small" },
      author || recruiterTexts.applicant.somebody,
      " · ",
      relativeTimeElement(at),
    ),
    actions,
  );
