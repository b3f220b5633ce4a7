// The dialog in which a stage is chosen for an applicant.

import { button, h } from "../core/dom.js";
import { boardTexts as t } from "./board-texts.js";
import { commandBetween, stageOfKind } from "./decision-model.js";
import { recruiterTexts } from "./recruiter-texts.js";

/**
 * Open the dialog. `onChoose(stageId)` is called after it was closed with a choice.
 *
 * @param {object} options
 * @param {any} options.view
 * @param {string} options.name
 * @param {any[]} options.stages those of the posting
 * @param {string} options.from the present stage
 * @param {boolean} options.isProposing whether the member can only propose a hire
 * @param {(stageId: string) => void} options.onChoose
 */
export function openMoveDialog({ view, name, stages, from, isProposing, onChoose }) {
  const choose = (stageId) => () => {
    dialog.close();
    onChoose(stageId);
  };
  const labelOf = ({ kind, name: stageName }) =>
    kind === "hired" && isProposing ? recruiterTexts.applicant.proposeHire : stageName;
  const isOpen = stages.find((one) => one.id === from)?.kind === "open";
  const choices = isOpen
    ? stages
        .filter((one) => commandBetween(stages, from, one.id))
        .map((one) => button(one.kind === "rejected" ? "bad" : "quiet", labelOf(one), choose(one.id)))
    : [button("quiet", t.reinstate, choose(stageOfKind(stages, "open").id))];
  const dialog = h(
    "dialog",
    { "aria-labelledby": "move-title" },
    h(
      "div",
      { class: "stack" },
      h("h2", { id: "move-title" }, t.moveTitle(name)),
      choices,
      button("quiet", t.cancel, () => dialog.close()),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  view.signal.addEventListener("abort", () => dialog.close(), { once: true });
  document.body.append(dialog);
  dialog.showModal();
}
