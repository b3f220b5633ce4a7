// The interviewers of an applicant: who they are, and for members who decide, assigning and removing them.

import { showActionError } from "../accounts/log-in-dialog.js";
import { button, fill, h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { read, send } from "./employers-api.js";
import { interviewersTexts as t } from "./interviewers-texts.js";
import { recruiterTexts } from "./recruiter-texts.js";

const PROBLEMS = {
  "member-not-found": t.noMember,
  "member-without-access": t.noAccess,
  "too-many-interviewers": t.tooMany,
};

/**
 * Create the line. `onChange()` is called when it was changed.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {string} options.path of the application in the API
 * @param {any[]} options.interviewers
 * @param {any[]} options.members of the employer
 * @param {any} options.posting
 * @param {boolean} options.canAssign
 * @param {() => void} options.onChange
 */
export function interviewersView({ view, path, interviewers, members, posting, canAssign, onChange }) {
  const title = h("h2", { tabindex: "-1" }, t.title);
  const list = h("div", {});
  const adding = h("div", {});

  async function show(action, notice) {
    await action();
    onChange();
    draw((await read(`${path}/interviewers`, view.signal)).interviewers);
    showNotice(notice, "good");
    title.focus();
  }

  async function remove({ account_id: id, name }) {
    try {
      await show(() => send("DELETE", `${path}/interviewers/${id}`), t.removed(name));
    } catch (error) {
      if (!view.signal.aborted) showActionError(error, PROBLEMS);
    }
  }

  function item(one) {
    const isMe = one.account_id === session.account?.id;
    return h(
      "li",
      { class: "row" },
      h(
        "span",
        {},
        one.name,
        isMe && ` (${t.you})`,
        " ",
        h("span", { class: "tag" }, one.scorecard_sent ? t.sent : t.missing),
      ),
      canAssign && button("quiet", t.remove, () => remove(one), { "aria-label": t.removeOf(one.name) }),
    );
  }

  function addForm(present) {
    const free = members.filter(
      (one) =>
        !present.some(({ account_id: id }) => id === one.account_id) &&
        // A hiring manager sees only the postings of the own teams.
        (one.role !== "hiring_manager" || posting.team.includes(one.account_id)),
    );
    if (!free.length) return null;
    const member = field({
      name: "member",
      label: t.add,
      hint: t.addHint,
      options: [
        ["", t.choose],
        ...free.map((one) => [one.account_id, `${one.name} (${recruiterTexts.roles[one.role]})`]),
      ],
      value: "",
    });
    return form({
      fields: [member],
      submitLabel: t.assign,
      problemTexts: PROBLEMS,
      onSubmit: () => {
        const { name } = free.find((one) => one.account_id === member.value);
        return show(() => send("PUT", `${path}/interviewers/${member.value}`), t.assigned(name));
      },
    });
  }

  function draw(present) {
    fill(
      list,
      present.length ? h("ul", { class: "list" }, present.map(item)) : h("p", { class: "soft" }, t.none),
    );
    fill(adding, canAssign && addForm(present));
  }

  draw(interviewers);
  return h("section", { class: "stack" }, title, list, adding);
}
