// The decisions of a member about an application. Each is a command that a worker carries out in the
// order of the candidate's lane, so its result comes a moment later.

import { button, h } from "../core/dom.js";
import { field, form } from "../core/form-view.js";
import { showNotice } from "../core/shell-view.js";
import { sendDecision } from "./applicant-submission.js";
import { formerStage, nextOpenStage, stageOfKind } from "./decision-model.js";
import { applicationPath } from "./employers-api.js";
import { recruiterTexts } from "./recruiter-texts.js";
import { openRejectDialog } from "./reject-dialog.js";
import { reviewTexts } from "./review-texts.js";

const t = recruiterTexts.applicant;

/**
 * Create the panel for an applicant in the stage that is shown. Return `{ element, advance, reject }`: the
 * two decisions that have a key. They get a function to call after the decision was sent.
 */
export function decisionPanel({ view, applicant, events, posting, role, hash }) {
  const { stages } = posting;
  const stage = stages.find((one) => one.id === applicant.stage);
  const name = applicant.name || recruiterTexts.applicants.deleted;
  const isDecided = stage && stage.kind !== "open";
  const send = (command, to, body = {}) =>
    sendDecision({ employerId: view.params.employer, applicant, stages, command, to, body, hash });
  const move = (to) => send("move", to);

  // Return whether the application can be decided. If not, say why.
  function isOpen() {
    if (applicant.withdrawn_at) showNotice(reviewTexts.isWithdrawn);
    else if (isDecided) showNotice(reviewTexts.isDecided);
    else return true;
    return false;
  }

  function advance(then) {
    if (!isOpen()) return;
    const next = nextOpenStage(stages, applicant.stage);
    if (!next) return showNotice(reviewTexts.noNextStage);
    move(next.id);
    then();
  }

  function reject(then = () => {}) {
    if (!isOpen()) return;
    openRejectDialog({
      view,
      path: applicationPath(view.params.employer, applicant.id),
      name,
      onReject: (values) => {
        send("rejection", stageOfKind(stages, "rejected").id, values);
        then();
      },
    });
  }

  const isHiredByOthers = role === "hiring_manager" && stageOfKind(stages, "hired").id === applicant.stage;
  const forms = isHiredByOthers
    ? [h("p", {}, t.isHired)]
    : isDecided
      ? [button("", t.reinstate, () => send("reinstatement", formerStage(stages, events)))]
      : [
          moveForm(stages, applicant, move),
          h(
            "p",
            { class: "actions" },
            button("bad", reviewTexts.reject.open, () => reject()),
            role === "hiring_manager"
              ? button("quiet", t.proposeHire, () => send("hire-proposal", applicant.stage))
              : button("quiet", t.hire, () => send("hire", stageOfKind(stages, "hired").id)),
          ),
        ];
  const element = h(
    "section",
    { class: "stack", "aria-labelledby": "decide", hidden: Boolean(applicant.withdrawn_at) },
    h("h2", { id: "decide", tabindex: "-1" }, t.decide),
    events.findLast((one) => !one.interviewer)?.kind === "hire_proposed" && h("p", {}, t.hireIsProposed),
    forms,
  );
  return { element, advance, reject };
}

function moveForm(stages, applicant, move) {
  const open = stages.filter((one) => one.kind === "open" && one.id !== applicant.stage);
  const next = nextOpenStage(stages, applicant.stage) ?? open[0];
  if (!next) return null;
  const target = field({
    name: "stage",
    label: t.stage,
    options: open.map((one) => [one.id, one.name]),
    value: next.id,
  });
  return form({ fields: [target], submitLabel: t.move, onSubmit: () => move(target.value) });
}
