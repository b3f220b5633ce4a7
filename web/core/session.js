// Who is logged in, in this browser. The access token is in memory only; the refresh token is a
// cookie that no script can read. Tabs share the cookie, so they tell each other what happens to it.

import { call, Problem } from "./api.js";
import { drop, keep as keepHere, kept } from "./kept.js";

// Says only that there may be a refresh token, so that visitors without one are not asked for it.
const HINT = "hirelane.session";
const EARLY_MS = 30_000;

const tabs = new BroadcastChannel("hirelane.session");
const listeners = new Set();

let account = null;
let last = null;
let token = null;
let renewAt = 0;
let renewing = null;

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

  // changed({account, reason}): reason is "in", "out" (by the user, in any tab) or "over".
  onChange(changed, signal) {
    listeners.add(changed);
    signal?.addEventListener("abort", () => listeners.delete(changed));
  },

  // Finds out whether there is a session; called once, when the page loads.
  async restore() {
    if (!kept(HINT)) return;
    try {
      await renew();
      await learn();
    } catch (error) {
      if (!(error instanceof SessionOver)) throw error;
    }
  },

  // {email, password, code?}; a Problem "second-factor-needed" asks for the code.
  async logIn(credentials) {
    keep(await alone(() => call("POST", "v1/sessions", { body: credentials })));
    keepHere(HINT, "1");
    await learn();
    tell("in");
    tabs.postMessage("in");
  },

  async logOut() {
    await alone(() => call("POST", "v1/sessions/end"));
    forget("out");
    tabs.postMessage("out");
  },

  // Every session of the account, this one too.
  async logOutEverywhere() {
    await session.call("DELETE", "v1/account/sessions");
    forget("out");
    tabs.postMessage("out");
  },

  // After something that ended all sessions, as deleting the account does.
  ended() {
    forget("out");
    tabs.postMessage("out");
  },

  // As api.call, with the access token; renews it unseen, before it is over or when it was refused.
  async call(method, path, options = {}) {
    if (!token || Date.now() >= renewAt) await renew();
    try {
      return await call(method, path, { ...options, token });
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      if (error.kind === "session-over") throw over();
    }
    await renew();
    try {
      return await call(method, path, { ...options, token });
    } catch (error) {
      throw error instanceof Problem && error.status === 401 ? over() : error;
    }
  },

  // Reads the account again, after it was changed. Should that fail, the change is made all the same.
  async reload() {
    try {
      await learn();
    } catch {
      return;
    }
    tell("in");
    tabs.postMessage("in");
  },
};

tabs.addEventListener("message", async ({ data }) => {
  if (data === "out" && account) forget("out");
  // Another tab logged in, perhaps to another account: this one's token is not to outlive that.
  if (data === "in") {
    try {
      await renew();
      await learn();
      tell("in");
    } catch {
      // It shows at the next call.
    }
  }
});

// One tab after the other: each sends the newest cookie, and an answer that comes late overwrites none.
const alone = (something) => navigator.locks.request("hirelane.session", something);

// One at a time in this tab.
function renew() {
  renewing ??= alone(exchange).finally(() => (renewing = null));
  return renewing;
}

async function exchange() {
  if (!kept(HINT)) throw over();
  try {
    keep(await call("POST", "v1/sessions/refresh"));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) throw over();
    throw error;
  }
}

async function learn() {
  const { body } = await call("GET", "v1/account", { token });
  account = body;
  last = body;
}

function keep({ body }) {
  token = body.access_token;
  renewAt = Date.now() + body.expires_in * 1000 - EARLY_MS;
}

function over() {
  if (account) forget("over");
  else drop(HINT);
  return new SessionOver("the session is over");
}

function forget(reason) {
  account = token = null;
  if (reason === "out") last = null;
  renewAt = 0;
  drop(HINT);
  tell(reason);
}

function tell(reason) {
  for (const changed of listeners) changed({ account, reason });
}
