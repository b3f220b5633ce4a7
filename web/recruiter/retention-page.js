// Retention and legal holds of an employer: its rule, what will be erased, and what is held.

import { showActionError } from "../accounts/log-in-dialog.js";
import { button, fill, h, link } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { formatDay } from "../core/format.js";
import { showNotice } from "../core/shell-view.js";
import { heading, load } from "../core/states-view.js";
import {
  applicationPath,
  changeEmployer,
  holdsPath,
  listPostings,
  postingPath,
  read,
  readEmployer,
  readRole,
  retentionPath,
  send,
} from "./employers-api.js";
import { holdForm } from "./hold-form.js";
import { retentionTexts as t } from "./retention-texts.js";
import { wayBack } from "./way-back-view.js";

const DAYS = [30, 90, 180, 365, 730, 1095, 1825, 3650];

export async function page(view) {
  const { employer: id } = view.params;
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    lines: 5,
    read: async () => {
      const [employer, role, plan] = await Promise.all([
        readEmployer(id, view.signal),
        readRole(id, view.signal),
        read(retentionPath(id), view.signal),
      ]);
      if (role !== "owner") return { employer, role, plan };
      const [{ holds }, postings] = await Promise.all([
        read(holdsPath(id), view.signal),
        readPostings(id, view.signal),
      ]);
      return { employer, role, plan, holds, postings };
    },
    render: (data) => show(view, data),
  });
}

async function readPostings(id, signal) {
  const postings = [];
  let cursor = "";
  do {
    const page = await listPostings(id, cursor, signal);
    postings.push(...page.postings);
    cursor = page.next;
  } while (cursor);
  return postings;
}

function show(view, { employer, role, plan, holds, postings }) {
  view.setTitle(t.title);
  view.show(
    wayBack(`#/employers/${employer.id}`, employer.name),
    h(
      "div",
      { class: "stack" },
      heading(t.title),
      section(t.rule, t.ruleHint, role === "owner" ? ruleForm(employer) : ruleText(plan.retention_days)),
      section(t.announced, "", announcedList(employer, plan.announced)),
      holds && holdsSection(view, employer, holds, postings),
    ),
  );
}

function section(title, hint, ...content) {
  return h(
    "section",
    { class: "card stack" },
    h("h2", {}, title),
    hint && h("p", { class: "soft" }, hint),
    content,
  );
}

const textOf = (days) => (days ? t.after(days) : t.never);
const ruleText = (days) => h("p", {}, t.present(textOf(days)));

function ruleForm(employer) {
  let shared = employer;
  const present = employer.retention_days;
  const days = [...new Set([...DAYS, ...(present ? [present] : [])])].sort((one, other) => one - other);
  const rule = field({
    name: "retention_days",
    label: t.ruleLabel,
    options: [["never", t.never], ...days.map((one) => [String(one), t.after(one)])],
    value: present ? String(present) : "never",
  });
  return form({
    fields: [rule],
    submitLabel: t.save,
    problemTexts: { "precondition-failed": t.conflict },
    onSubmit: async () => {
      const chosen = rule.value === "never" ? null : Number(rule.value);
      shared = await changeEmployer(shared, { retention_days: chosen });
      showNotice(t.saved, "good");
    },
  });
}

function announcedList(employer, announced) {
  if (!announced.length) return h("p", {}, t.none);
  return announced.map((one) =>
    h(
      "div",
      { class: "stack" },
      h("h3", {}, t.between(formatDay(one.erases_from), formatDay(one.erases_until))),
      h(
        "ul",
        {},
        one.postings.map(({ posting_id: id, title, count }) =>
          h(
            "li",
            {},
            link(`#/employers/${employer.id}/postings/${id}/applicants`, {}, t.ofPosting(count, title)),
          ),
        ),
      ),
    ),
  );
}

function holdsSection(view, employer, holds, postings) {
  const list = h("div", {});
  const title = h("h2", { tabindex: "-1" }, t.holds);
  const posting = field({
    name: "posting",
    label: t.posting,
    options: postings.map((one) => [one.id, one.title ?? one.id]),
  });
  const adding = holdForm([posting], async (reason) => {
    await send("PUT", `${postingPath(employer.id, posting.value)}/hold`, { reason });
    adding.reset();
    await update(t.held);
  });

  async function update(notice) {
    const answer = await read(holdsPath(employer.id), view.signal);
    draw(answer.holds);
    showNotice(notice, "good");
    title.focus();
  }

  async function release(one) {
    const isPosting = one.id === one.posting_id;
    const path = isPosting ? postingPath(employer.id, one.id) : applicationPath(employer.id, one.id);
    try {
      await send("DELETE", `${path}/hold`);
      await update(t.released);
    } catch (error) {
      if (!view.signal.aborted) showActionError(error, {});
    }
  }

  function item(one) {
    const isPosting = one.id === one.posting_id;
    const below = isPosting ? `postings/${one.id}/applicants` : `applications/${one.id}`;
    const text = (isPosting ? t.ofAll : t.ofOne)(one.title);
    return h(
      "li",
      { class: "row" },
      h(
        "div",
        {},
        h("p", {}, link(`#/employers/${employer.id}/${below}`, {}, text)),
        h("p", { class: "soft small", dir: "auto" }, one.reason),
        h("p", { class: "soft small" }, t.until(formatDay(one.until))),
      ),
      button("quiet", t.release, () => release(one), { "aria-label": t.releaseLabel(text) }),
    );
  }

  function draw(present) {
    fill(list, present.length ? h("ul", { class: "list" }, present.map(item)) : h("p", {}, t.noHolds));
  }

  draw(holds);
  return h(
    "section",
    { class: "card stack" },
    title,
    h("p", { class: "soft" }, t.holdsHint),
    list,
    postings.length > 0 && h("h3", {}, t.holdPosting),
    postings.length > 0 && adding,
  );
}
