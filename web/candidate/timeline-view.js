// The timeline of an application: past steps with their times, and the steps to come.

import { fill, h } from "../core/dom.js";
import { formatDateTime, formatTime } from "../core/format.js";
import { stepsOf } from "./application-model.js";
import { applicationTexts } from "./application-texts.js";

const t = applicationTexts.status;

/** `<h-timeline>`: set `application` to draw it, as often as it changes. */
class Timeline extends HTMLElement {
  #drawn = "";

  set application(application) {
    const content = JSON.stringify([application.timeline, application.status]);
    if (content === this.#drawn) return;
    this.#drawn = content;
    fill(this, h("ol", { class: "timeline", "aria-label": t.timeline }, stepItems(application)));
  }
}

customElements.define("h-timeline", Timeline);

export function timelineView(application) {
  const element = /** @type {Timeline} */ (document.createElement("h-timeline"));
  element.application = application;
  return element;
}

function stepItems(application) {
  let lastTime = null;
  return stepsOf(application).map(({ event, at, words, detail, isNext }) => {
    const item = at ? pastStep(event, at, lastTime, words, detail) : futureStep(event, isNext);
    lastTime = at ?? lastTime;
    return item;
  });
}

// The day is repeated only where it changes.
function pastStep(event, at, lastTime, words, detail) {
  const isSameDay = lastTime && new Date(lastTime).toDateString() === new Date(at).toDateString();
  return h(
    "li",
    { class: event === "withdrawn" ? "done gone" : "done" },
    h("strong", { dir: "auto" }, words ?? t.names[event]),
    h("time", { datetime: at, class: "soft small" }, isSameDay ? formatTime(at) : formatDateTime(at)),
    h("span", { class: "about soft small" }, words ? null : (detail ?? t.about[event])),
  );
}

function futureStep(event, isNext) {
  return h(
    "li",
    { class: isNext ? "coming" : "", "aria-current": isNext ? "step" : null },
    h("strong", {}, t.names[event]),
    h("span", { class: "soft small" }, isNext ? t.inProgress : t.notYet),
  );
}
