// The description of an employer, for its owners. The settings have its name.

import { h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { navigate } from "../core/router.js";
import { showNotice } from "../core/shell-view.js";
import { heading, load } from "../core/states-view.js";
import { changeEmployer, readEmployer } from "./employers-api.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { wayBack } from "./way-back-view.js";

const t = recruiterTexts.employer;

export async function page(view) {
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    read: () => readEmployer(view.params.employer, view.signal),
    render: (employer) => show(view, employer),
  });
}

function show(view, employer) {
  const home = `#/employers/${employer.id}`;
  const about = field({
    name: "about",
    label: recruiterTexts.employers.about,
    hint: t.describeHint,
    rows: 10,
    maxlength: 10_000,
    optional: true,
  });
  about.input.value = employer.about;
  view.setTitle(t.about);
  view.show(
    wayBack(home, employer.name),
    h(
      "div",
      { class: "stack editor" },
      heading(t.describe),
      form({
        fields: [about],
        submitLabel: recruiterTexts.posting.save,
        problemTexts: { "precondition-failed": t.conflict },
        onSubmit: async (values) => {
          await changeEmployer(employer, values);
          showNotice(recruiterTexts.posting.saved, "good");
          navigate(home);
        },
      }),
    ),
  );
}
