// Who is logged in, in this browser. The access token is in memory only; the refresh token is a
// cookie that no script can read. Tabs share the cookie, so they tell each other what happens to it.

import { call, NoAnswer, Problem } from "./api.js";
import { drop, keep as keepHere, kept } from "./kept.js";

// Says only that there may be a refresh token, so that visitors without one are not asked for it.
const HINT = "hirelane.session";
const EARLY_MS = 30_000;
// How long a refresh waits for its answer, each time. When that is lost, the API takes the same refresh
// token again for ten seconds; whoever sends it later has stolen it, and the session is ended. So each
// is sent before that, and the last one may be as slow as any call.
const REFRESH_MS = [4_000, 4_000, undefined];

const tabs = new BroadcastChannel("hirelane.session");
const listeners = new Set();

// Whose the token is: nobody else's is ever held beside it.
let account = null;
let last = null;
let token = null;
// 0: the account is to be read again as well.
let renewAt = 0;
let renewing = null;
// The newest answer with a token, also while it is not known yet who its owner is.
let taken = null;
// What HINT was when the token came: each log-in writes another, so a late word on an old session does
// not end a new one.
let hint = null;

// The session is over; the page says so and keeps what was typed.
export class SessionOver extends Error {}

export const session = {
  // {id, email, name, role, ...} as GET /v1/account tells, or null.
  get account() {
    return account;
  },

  // Who was logged in last on this page, for logging in again.
  get lastEmail() {
    return last?.email ?? "";
  },

  get lastId() {
    return last?.id ?? null;
  },

  get isCandidate() {
    return account?.role === "candidate";
  },

  // changed({account, reason, isHeard}): reason is "in", "out" (by the user, in any tab; heard from
  // that), "over", or "other": somebody else logged in here, in any tab; "in" tells who, as soon as
  // that is known.
  onChange(changed, signal) {
    listeners.add(changed);
    signal?.addEventListener("abort", () => listeners.delete(changed));
  },

  // Finds out whether there is a session: when the page loads, and where it was not known before.
  async restore() {
    if (!kept(HINT)) return;
    try {
      await renew();
      // To tabs that believe it to be another's, having missed something.
      tabs.postMessage({ hint, id: account.id });
    } catch (error) {
      if (!(error instanceof SessionOver)) throw error;
    }
  },

  // {email, password, code?}; a Problem "second-factor-required" asks for the code.
  async logIn(credentials) {
    const answer = await alone(() => call("POST", "v1/sessions", { body: credentials }));
    hint = crypto.randomUUID();
    keepHere(HINT, hint);
    // The cookie is another one from here on, whatever becomes of this page.
    tabs.postMessage({ hint });
    await take(answer);
  },

  // -> whether it was this session that ended, and not that of who logged in since.
  async logOut() {
    const isOurs = await alone(async () => {
      if (kept(HINT) !== hint) return false;
      await call("POST", "v1/sessions/end");
      return true;
    });
    if (isOurs) session.ended();
    else overtaken();
    return isOurs;
  },

  // Every session of the account, this one too.
  async logOutEverywhere() {
    await session.call("DELETE", "v1/account/sessions");
    session.ended();
  },

  // After something that ended this session: all of them, as when the account is deleted.
  ended() {
    forget("out");
    tabs.postMessage("out");
  },

  // As api.call, with the access token; renews it unseen, before it is over or when it was refused.
  // What was begun for one person is never sent for another: for that one the session is over.
  async call(method, path, options = {}) {
    const whose = last?.id;
    for (let isLast = false; ; isLast = true) {
      if (!token || Date.now() >= renewAt) await renew();
      if (!account || account.id !== whose) throw new SessionOver("somebody else's session");
      const used = token;
      try {
        return await call(method, path, { ...options, token });
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 401) throw error;
        const isNewest = token === used;
        if (isNewest && (isLast || error.kind === "session-expired")) throw over();
        if (isLast) throw error;
        if (isNewest) token = null;
      }
    }
  },

  // Reads the account again, after it was changed. Should that fail, the change is made all the same.
  async reload() {
    try {
      const { body } = await session.call("GET", "v1/account");
      if (body.id !== account?.id) return;
      account = last = body;
    } catch {
      return;
    }
    tell("in");
    tabs.postMessage({ hint });
  },
};

tabs.addEventListener("message", async ({ data }) => {
  if (data === "out") {
    taken = null;
    // Who logged out has cleaned up. This may be heard late, and the storage be somebody's again.
    if (last) forget("out", true);
    return;
  }
  // What is on its way may be from before.
  while (renewing) await renewing.catch(() => {});
  if (data.id && data.id === account?.id) return;
  // Another tab logged in, perhaps to another account: this one's token is not to outlive that.
  renewAt = 0;
  // Where that fails it shows at the next call.
  renew(data.hint).catch(() => {});
});

// One tab after the other: each sends the newest cookie, and an answer that comes late overwrites none.
const alone = (something) => navigator.locks.request("hirelane.session", something);

// One at a time in this tab. `told` is HINT as another tab has just told it: that may come before what
// it wrote.
function renew(told = null) {
  renewing ??= alone(() => exchange(told))
    .then(take)
    .finally(() => (renewing = null));
  return renewing;
}

async function exchange(told) {
  hint = kept(HINT) ?? told;
  if (!hint) throw over();
  try {
    return await refresh(...REFRESH_MS);
  } catch (error) {
    throw isRefusal(error) ? over() : error;
  }
}

async function refresh(patience, ...later) {
  try {
    return await call("POST", "v1/sessions/refresh", { patience });
  } catch (error) {
    if (!(error instanceof NoAnswer) || !later.length) throw error;
    return refresh(...later);
  }
}

// Takes over what a refresh or a log-in answered. Nothing is sent with a token before it is known whose
// it is, and that what was shown to somebody else is theirs no longer.
async function take({ body }) {
  const owner = ownerOf(body.access_token);
  if (last && last.id !== owner) forget("other");
  taken = body;
  const isKnown = renewAt && account?.id === owner;
  if (!isKnown) {
    const answer = await call("GET", "v1/account", { token: body.access_token }).catch((error) => error);
    // Somebody logged in or out meanwhile.
    if (taken !== body) throw new SessionOver("not the newest session");
    if (answer instanceof Error) throw isRefusal(answer) ? over() : answer;
    account = last = answer.body;
  }
  token = body.access_token;
  renewAt = Date.now() + body.expires_in * 1000 - EARLY_MS;
  if (!isKnown) tell("in");
}

// There is nothing to wait for: the session has ended, or its account is gone.
const isRefusal = (error) => [401, 403, 404].includes(error.status);

// The account's id: a JWT's `sub`.
function ownerOf(jwt) {
  const payload = jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(atob(payload)).sub;
}

// The cookie is another log-in's by now, or was taken away.
function overtaken() {
  if (!kept(HINT)) return forget("out", true);
  forget("other");
  renew().catch(() => {});
}

const dropHint = () => kept(HINT) === hint && drop(HINT);

function over() {
  if (account) forget("over");
  else dropHint();
  return new SessionOver("the session is over");
}

function forget(reason, isHeard = false) {
  account = token = taken = null;
  if (reason !== "over") last = null;
  renewAt = 0;
  if (reason !== "other" && !isHeard) dropHint();
  tell(reason, isHeard);
}

function tell(reason, isHeard = false) {
  for (const changed of listeners) changed({ account, reason, isHeard });
}
