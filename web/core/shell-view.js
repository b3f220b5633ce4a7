// The frame around every page: navigation bar, footer, offline banner.

import { texts } from "../texts.js";
import { isOnline, removeAccountItems } from "./browser-features.js";
import { fill, h, link } from "./dom.js";
import { setBanner, showNotice } from "./notices-view.js";
import { currentPath, navigate } from "./router.js";
import { session } from "./session.js";
import { errorText } from "./states-view.js";

// The account that is logged in, or was logged in last.
let accountId = null;

/** Fill the frame, and update it when the session or the page changes. */
export function startShell() {
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
  session.onChange(({ reason, isFromOtherTab }) => {
    drawBar();
    if (reason === "logged-out" && !isFromOtherTab) removeAccountItems(accountId);
  });
  addEventListener("hirelane:page", drawBar);
  addEventListener("offline", () => setBanner(texts.states.offline));
  addEventListener("online", () => setBanner(""));
  if (!isOnline()) setBanner(texts.states.offline);
}

function drawBar() {
  accountId = session.account?.id ?? accountId;
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
  const currentHash = `#${currentPath()}`;
  const nav = h(
    "nav",
    { "aria-label": texts.shell.navigation },
    h(
      "ul",
      {},
      links.map(([href, text]) =>
        h("li", {}, link(href, { "aria-current": href === currentHash ? "page" : null }, text)),
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
    showNotice(texts.shell.loggedOut, "good");
    navigate("#/");
  } catch (error) {
    showNotice(errorText(error), "bad");
  }
}
