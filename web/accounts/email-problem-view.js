// The note that the address of the account gets no e-mail, and what its owner can do about that.

import { button, fill, h } from "../core/dom.js";
import { formatDay } from "../core/format.js";
import { session } from "../core/session.js";
import { accountTexts as t } from "./account-texts.js";
import { showActionError, withSession } from "./log-in-dialog.js";

const PATH = "v1/account/email/retry";

export function emailProblemView({ signal }) {
  const { email, email_problem: problem } = session.account;
  if (!problem) return false;
  const texts = t.emailProblems[problem.reason] ?? t.emailProblems.bounce;
  const element = h(
    "section",
    { class: "note note-bad stack" },
    h("h2", {}, t.emailProblemTitle),
    h("p", {}, texts.cause(email, formatDay(problem.since))),
    h("p", {}, problem.can_retry ? t.emailRetryHint : texts.advice),
    problem.can_retry && h("div", {}, button("quiet", t.emailRetry, onRetry)),
  );

  async function onRetry({ currentTarget }) {
    currentTarget.disabled = true;
    try {
      await withSession(() => session.call("POST", PATH, { signal }));
    } catch (error) {
      if (signal.aborted) return;
      currentTarget.disabled = false;
      showActionError(error);
      return;
    }
    const sent = h("p", { role: "status", tabindex: "-1" }, t.emailRetried(email));
    element.className = "note";
    fill(element, sent);
    sent.focus();
    await session.reload();
  }

  return element;
}
