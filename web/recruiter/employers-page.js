// The employers that the account is a member of, and a form to create one.

import { h, link } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { navigate } from "../core/router.js";
import { showNotice } from "../core/shell-view.js";
import { emptyState, heading, load } from "../core/states-view.js";
import { createEmployer, readMemberships } from "./employers-api.js";
import { recruiterTexts } from "./recruiter-texts.js";

const t = recruiterTexts.employers;

export async function page(view) {
  view.setTitle(t.title);
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    read: () => readMemberships(view.signal),
    render: (memberships) =>
      view.show(
        h(
          "div",
          { class: "stack" },
          heading(t.title),
          h("p", {}, t.introduction),
          memberships.length
            ? h("ul", { class: "list" }, memberships.map(membershipItem))
            : emptyState(t.none, t.noneHint),
          h("section", { class: "stack narrow" }, h("h2", {}, t.create), createForm()),
        ),
      ),
  });
}

const membershipItem = ({ employer_id: id, name, role }) =>
  h(
    "li",
    { class: "card row" },
    h("h2", {}, link(`#/employers/${id}`, {}, name)),
    h("span", { class: "tag" }, recruiterTexts.roles[role]),
  );

const createForm = () =>
  form({
    fields: [
      field({ name: "name", label: t.name, hint: t.nameHint, maxlength: 200, autocomplete: "organization" }),
      field({ name: "about", label: t.about, rows: 4, maxlength: 10_000, optional: true }),
    ],
    submitLabel: t.create,
    onSubmit: async (values) => {
      const employer = await createEmployer(values);
      showNotice(t.created(employer.name), "good");
      navigate(`#/employers/${employer.id}`);
    },
  });
