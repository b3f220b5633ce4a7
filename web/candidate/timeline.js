// The steps of an application, with their times; those that are still to come are shown as such.

import { fill, h } from "../core/dom.js";
import { momentOf, timeOf } from "../core/format.js";
import { texts } from "../texts.js";

const t = texts.candidate.status;
const WAY = ["accepted", "stored", "mailed"];

// <h-timeline>: give it a progress as the API tells it, as often as there is another.
class Timeline extends HTMLElement {
  #shown = "";

  set progress(progress) {
    const described = JSON.stringify([progress.timeline, progress.status]);
    if (described === this.#shown) return;
    this.#shown = described;
    fill(this, h("ol", { class: "timeline", "aria-label": t.timeline }, stepsOf(progress)));
  }
}

customElements.define("h-timeline", Timeline);

export function timeline(progress) {
  const element = document.createElement("h-timeline");
  element.progress = progress;
  return element;
}

function stepsOf({ timeline: done, status }) {
  const isWithdrawn = status === "withdrawn" || status === "withdrawing";
  const times = new Map(done.map((step) => [step.event, step.at]));
  const order = isWithdrawn ? [...WAY.filter((event) => times.has(event)), "withdrawn"] : WAY;
  const firstToCome = order.find((event) => !times.has(event));
  let last = null;
  return order.map((event) => {
    const at = times.get(event);
    const step = at ? reached(event, at, last) : toCome(event, event === firstToCome);
    last = at ?? last;
    return step;
  });
}

// The day is told where it is another than that of the step before.
function reached(event, at, before) {
  const isSameDay = before && new Date(before).toDateString() === new Date(at).toDateString();
  return h(
    "li",
    { class: event === "withdrawn" ? "done gone" : "done" },
    h("strong", {}, t.names[event]),
    h("time", { datetime: at, class: "soft small" }, isSameDay ? timeOf(at) : momentOf(at)),
    h("span", { class: "about soft small" }, t.about[event]),
  );
}

function toCome(event, isNext) {
  return h(
    "li",
    { class: isNext ? "coming" : "", "aria-current": isNext ? "step" : null },
    h("strong", {}, t.names[event]),
    h("span", { class: "soft small" }, isNext ? t.underWay : t.notYet),
  );
}
