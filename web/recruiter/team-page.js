// The team of an employer: members and their roles, and invitations.

import { showActionError } from "../accounts/log-in-dialog.js";
import { button, h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { navigate, refreshPage } from "../core/router.js";
import { session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { heading, load } from "../core/states-view.js";
import { invitationsPath, membersPath, read, readRole, send } from "./employers-api.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { wayBack } from "./way-back-view.js";

const t = recruiterTexts.team;
const ROLES = Object.entries(recruiterTexts.roles);

export async function page(view) {
  const { employer } = view.params;
  await load({
    signal: view.signal,
    place: view.showPlaceholder,
    read: async () => {
      const [role, { members }] = await Promise.all([
        readRole(employer, view.signal),
        read(membersPath(employer), view.signal),
      ]);
      const isOwner = role === "owner";
      const { invitations } = isOwner
        ? await read(invitationsPath(employer), view.signal)
        : { invitations: [] };
      return { members, invitations, isOwner };
    },
    render: (data) => show(view, data),
  });
}

function show(view, { members, invitations, isOwner }) {
  const { employer } = view.params;
  view.setTitle(t.title);
  view.show(
    wayBack(`#/employers/${employer}`, t.back),
    h(
      "div",
      { class: "stack" },
      heading(t.title),
      h(
        "ul",
        { class: "list" },
        members.map((one) => memberItem(employer, one, isOwner)),
      ),
      h(
        "div",
        {},
        button("quiet", t.leave, () => leave(employer)),
      ),
      isOwner && inviteSection(employer, invitations),
    ),
  );
}

function memberItem(employer, member, isOwner) {
  const path = `${membersPath(employer)}/${member.account_id}`;
  const isMe = member.account_id === session.account?.id;
  const role = h(
    "select",
    {
      "aria-label": t.roleOf(member.name),
      onchange: () => act(() => send("PUT", `${path}/role`, { role: role.value }), t.changed),
    },
    ROLES.map(([value, text]) => h("option", { value, selected: value === member.role }, text)),
  );
  return h(
    "li",
    { class: "card row" },
    h(
      "div",
      {},
      h("p", {}, h("strong", {}, member.name), isMe && ` (${t.you})`),
      h("p", { class: "soft small" }, member.email),
    ),
    isOwner
      ? h(
          "div",
          { class: "actions" },
          role,
          !isMe &&
            button("quiet", t.remove, () => act(() => send("DELETE", path), t.removed), {
              "aria-label": t.removeOf(member.name),
            }),
        )
      : h("span", { class: "tag" }, recruiterTexts.roles[member.role]),
  );
}

async function act(action, done) {
  try {
    await action();
    showNotice(done, "good");
  } catch (error) {
    showActionError(error, { "last-owner": t.lastOwner });
  }
  refreshPage();
}

async function leave(employer) {
  try {
    await send("DELETE", `v1/account/memberships/${employer}`);
    showNotice(t.left, "good");
    navigate("#/employers");
  } catch (error) {
    showActionError(error, { "last-owner": t.lastOwner });
  }
}

function inviteSection(employer, invitations) {
  const path = invitationsPath(employer);
  const email = field({ name: "email", label: t.email, type: "email", autocomplete: "off" });
  return h(
    "section",
    { class: "stack" },
    h("h2", {}, t.invite),
    h(
      "div",
      { class: "narrow" },
      form({
        fields: [email, field({ name: "role", label: t.role, options: ROLES, value: "recruiter" })],
        submitLabel: t.send,
        onSubmit: async (values) => {
          const invitation = await send("POST", path, values);
          showNotice(t.invited(invitation.email), "good");
          refreshPage();
        },
        problemTexts: { "already-member": { field: "email", text: t.alreadyMember } },
      }),
    ),
    invitations.length > 0 && h("h2", {}, t.invitations),
    h(
      "ul",
      { class: "list" },
      invitations.map((one) => invitationItem(path, one)),
    ),
  );
}

const invitationItem = (path, invitation) =>
  h(
    "li",
    { class: "card row" },
    h(
      "div",
      {},
      h("p", {}, invitation.email),
      h("p", { class: "soft small" }, recruiterTexts.roles[invitation.role]),
    ),
    h(
      "div",
      { class: "actions" },
      h("span", { class: "tag" }, t.invitationStates[invitation.state] ?? invitation.state),
      invitation.state === "open" &&
        button("quiet", t.revoke, () => act(() => send("DELETE", `${path}/${invitation.id}`), t.revoked), {
          "aria-label": t.revokeOf(invitation.email),
        }),
    ),
  );
