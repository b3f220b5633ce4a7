// The section of the account page that exports everything we store about its owner.

import { poll } from "../core/change-poller.js";
import { button, fill, h } from "../core/dom.js";
import { download } from "../core/downloads.js";
import { formatSize } from "../core/file-size.js";
import { SessionExpired, session } from "../core/session.js";
import { showNotice } from "../core/shell-view.js";
import { errorText, load } from "../core/states-view.js";
import { exportTexts as t } from "./export-texts.js";
import { showActionError, withSession } from "./log-in-dialog.js";

const PATH = "v1/account/export";

export function exportView(view) {
  const { signal } = view;
  const list = h("div", { class: "stack" });
  const status = h("p", { role: "status", class: "unseen" });
  let exports = [];
  let isFollowing = false;
  const start = button("quiet", t.start, onStart);

  const read = (etag = null) =>
    session.call("GET", PATH, { signal, headers: etag ? { "If-None-Match": etag } : {} });
  const isPending = () => exports.some((one) => one.state === "pending");

  function draw(body) {
    exports = body.exports;
    start.disabled = isPending();
    fill(
      list,
      exports.length > 0 &&
        h(
          "ul",
          { class: "list" },
          exports.map((one) => exportItem(one, signal)),
        ),
    );
  }

  // Show the export when its file is written.
  async function follow() {
    if (isFollowing || !isPending()) return;
    isFollowing = true;
    try {
      await poll({
        signal,
        read,
        onChange: (body) => {
          draw(body);
          if (!isPending()) status.textContent = textOf(exports[0]);
          return isPending();
        },
      });
    } catch (error) {
      showError(error);
    }
    isFollowing = false;
  }

  async function show(lines = 0) {
    try {
      await load({
        signal,
        lines,
        place: (node) => fill(list, node),
        read,
        render: ({ body }) => draw(body),
      });
      await follow();
    } catch (error) {
      showError(error);
    }
  }

  function showError(error) {
    // After a log-in, the list is loaded again.
    if (!signal.aborted && !(error instanceof SessionExpired))
      fill(list, h("p", { class: "field-error" }, errorText(error)));
  }

  async function onStart() {
    start.setAttribute("aria-busy", "true");
    try {
      await withSession(() => session.call("POST", PATH));
      showNotice(t.started, "good");
      await show();
    } catch (error) {
      if (error.status === 429) showNotice(t.tooMany, "bad");
      else showActionError(error);
    }
    start.removeAttribute("aria-busy");
  }

  show(1);
  session.onChange(({ reason }) => reason === "logged-in" && show(), signal);
  return h(
    "section",
    { class: "stack" },
    h("h2", {}, t.title),
    h("p", { class: "hint" }, t.hint),
    list,
    status,
    h("div", {}, start),
  );
}

function exportItem(one, signal) {
  return h(
    "li",
    { class: "card row" },
    h(
      "div",
      {},
      h("p", {}, h("strong", {}, t.of(one.requested_at))),
      h("p", { class: "soft small" }, textOf(one)),
    ),
    one.state === "ready" && downloadButton(one, signal),
  );
}

const textOf = (one) =>
  one.state === "ready" ? t.ready(formatSize(one.bytes), one.expires_at) : t[one.state];

function downloadButton(one, signal) {
  const save = button(
    "quiet",
    t.download,
    async () => {
      save.setAttribute("aria-busy", "true");
      try {
        await withSession(() => download(`${PATH}/${encodeURIComponent(one.id)}`, signal));
      } catch (error) {
        if (!signal.aborted && !(error instanceof SessionExpired)) showNotice(t.downloadFailed, "bad");
      }
      save.removeAttribute("aria-busy");
    },
    { "aria-label": t.downloadOf(one.requested_at) },
  );
  return save;
}
