// The flag of an application that came in a burst from one network. It only informs.

import { h } from "../core/dom.js";
import { burstsTexts as t } from "./bursts-texts.js";

/** The mark of an application in a list; null without a burst. */
export const burstTag = ({ burst }) => burst && h("span", { class: "tag" }, t.tag(burst));

/** What the page of an application says; null without a burst. */
export const burstFact = ({ burst }) =>
  burst && h("span", {}, t.burst(burst), " ", h("span", { class: "soft" }, t.hint));
