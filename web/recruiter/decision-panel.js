// The decisions of a member about an application. Each is a command that a worker carries out in the
// order of the candidate's lane, so its result comes a moment later.

import { randomId } from "../core/browser-features.js";
import { poll } from "../core/change-poller.js";
import { fill, h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { refreshPage } from "../core/router.js";
import { showNotice } from "../core/shell-view.js";
import { read, send } from "./employers-api.js";
import { recruiterTexts } from "./recruiter-texts.js";

const t = recruiterTexts.applicant;

export function decisionPanel({ view, path, applicant, posting }) {
  const status = h("p", { role: "status" });
  const stage = posting.stages.find((one) => one.id === applicant.stage);
  const expected = { expected_stage: applicant.stage };

  // Send a command and show its result. A repeated click sends the same command.
  function command(name, body) {
    const key = randomId();
    return async () => {
      const sent = await send(
        "POST",
        `${path}/${name}`,
        { ...expected, ...body() },
        { "Idempotency-Key": key },
      );
      fill(status, t.waiting);
      await showResult(sent.id);
    };
  }

  const showResult = (id) =>
    poll({
      signal: view.signal,
      read: async () => ({
        status: 200,
        body: await read(`${path}/commands/${id}`, view.signal),
        etag: null,
      }),
      onChange: (found) => {
        if (found.status === "waiting") return true;
        const text = found.status === "failed" ? t.failed : t.notDone(found.detail);
        if (found.status === "done") showNotice(t.done, "good");
        else showNotice(text, "bad");
        refreshPage();
        return false;
      },
    });

  const isDecided = stage && stage.kind !== "open";
  const forms = isDecided
    ? [form({ fields: [], submitLabel: t.reinstate, onSubmit: command("reinstatement", () => ({})) })]
    : [moveForm(posting, applicant, command), rejectForm(command), hireForm(command)];
  return h(
    "section",
    { class: "stack", "aria-labelledby": "decide" },
    h("h2", { id: "decide" }, t.decide),
    status,
    forms,
  );
}

function moveForm(posting, applicant, command) {
  const open = posting.stages.filter((one) => one.kind === "open" && one.id !== applicant.stage);
  const at = posting.stages.findIndex((one) => one.id === applicant.stage);
  const next = posting.stages.slice(at + 1).find((one) => one.kind === "open") ?? open[0];
  if (!next) return null;
  const target = field({
    name: "stage",
    label: t.stage,
    options: open.map((one) => [one.id, one.name]),
    value: next.id,
  });
  return form({
    fields: [target],
    submitLabel: t.move,
    onSubmit: command("move", () => ({ stage: target.value })),
  });
}

function rejectForm(command) {
  const message = field({
    name: "message",
    label: t.message,
    hint: t.messageHint,
    rows: 4,
    maxlength: 5000,
    optional: true,
  });
  const reason = field({
    name: "reason",
    label: t.reason,
    hint: t.reasonHint,
    maxlength: 200,
    optional: true,
  });
  const reject = form({
    fields: [reason, message],
    submitLabel: t.reject,
    onSubmit: command("rejection", () => ({ reason: reason.value, message: message.value })),
  });
  return h("details", { class: "card" }, h("summary", {}, t.reject), reject);
}

const hireForm = (command) =>
  form({ fields: [], submitLabel: t.hire, onSubmit: command("hire", () => ({})) });
