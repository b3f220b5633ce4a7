// What stands around every page: the bar with its links, the foot, being offline.

import { dropDrafts } from "./drafts.js";
import { fill, h, link } from "./dom.js";
import { banner, notice } from "./notices.js";
import { go, presentPath } from "./router.js";
import { said } from "./states.js";
import { session } from "./session.js";
import { texts } from "../texts.js";

// Whose session it is, or was until a moment ago.
let owner = null;

export function build() {
  const skip = document.getElementById("skip");
  skip.textContent = texts.shell.skip;
  skip.hidden = false;
  skip.addEventListener("click", () => document.getElementById("main").focus());
  fill(
    document.getElementById("foot"),
    h("p", {}, texts.shell.promise),
    h("p", {}, link("openapi.json", {}, texts.shell.api)),
  );
  drawBar();
  session.onChange(({ reason, isHeard }) => {
    drawBar();
    if (reason === "out" && !isHeard) dropDrafts(owner);
  });
  addEventListener("hirelane:page", drawBar);
  addEventListener("offline", () => banner(texts.states.offline));
  addEventListener("online", () => banner(""));
  if (!navigator.onLine) banner(texts.states.offline);
}

function drawBar() {
  owner = session.account?.id ?? owner;
  const bar = document.getElementById("bar");
  const links = session.account
    ? [
        ["#/", texts.shell.postings],
        ...(session.isCandidate ? [["#/applications", texts.shell.applications]] : []),
        ["#/account", texts.shell.account],
      ]
    : [
        ["#/", texts.shell.postings],
        ["#/log-in", texts.shell.logIn],
        ["#/sign-up", texts.shell.signUp],
      ];
  const here = presentPath();
  const nav = h(
    "nav",
    { "aria-label": texts.shell.navigation },
    h(
      "ul",
      {},
      links.map(([href, text]) =>
        h("li", {}, link(href, { "aria-current": href === `#${here}` ? "page" : null }, text)),
      ),
      session.account &&
        h("li", {}, h("button", { type: "button", class: "plain", onclick: logOut }, texts.shell.logOut)),
    ),
  );
  bar.replaceChildren(bar.querySelector(".brand"), nav);
}

async function logOut() {
  try {
    if (!(await session.logOut())) return;
    notice(texts.shell.loggedOut, { kind: "good" });
    go("#/");
  } catch (error) {
    notice(said(error), { kind: "bad" });
  }
}
