// The frame around every page: navigation bar, footer, offline banner, and notices: short messages at the edge
// of the screen, announced by screen readers.

import { texts } from "../texts.js";
import { isOnline, removeAccountItems } from "./browser-features.js";
import { fill, h, link } from "./dom.js";
import { currentPath, navigate } from "./router.js";
import { session } from "./session.js";
import { errorText } from "./states-view.js";

const VISIBLE_MS = 8000;
const MAX_NOTICES = 3;
const MAX_NOTICES_PHONE = 2;

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

/** Show a notice. It disappears after some seconds, but not while it is hovered or focused. */
export function showNotice(text, kind = "plain") {
  const list = document.getElementById("notices");
  const close = h(
    "button",
    { type: "button", class: "notice-close", "aria-label": texts.notices.close },
    "×",
  );
  const notice = h("div", { class: `notice notice-${kind}` }, h("p", {}, text), close);
  const remove = () => notice.remove();
  close.addEventListener("click", remove);
  let timer = setTimeout(remove, VISIBLE_MS);
  const hold = () => clearTimeout(timer);
  const release = () => (timer = setTimeout(remove, VISIBLE_MS));
  notice.addEventListener("pointerenter", hold);
  notice.addEventListener("pointerleave", release);
  notice.addEventListener("focusin", hold);
  notice.addEventListener("focusout", release);
  list.append(notice);
  const most = matchMedia("(width < 40rem)").matches ? MAX_NOTICES_PHONE : MAX_NOTICES;
  while (list.children.length > most) list.firstElementChild.remove();
}

// Show a banner until it is called with an empty text.
function setBanner(text) {
  let banner = document.getElementById("banner");
  if (!text) return banner?.remove();
  if (!banner) {
    banner = h("div", { id: "banner", class: "banner", role: "status" });
    document.getElementById("bar").after(banner);
  }
  fill(banner, text);
}
