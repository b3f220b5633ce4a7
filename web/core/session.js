// The session of this browser. The access token is in memory only. The refresh token is a cookie that
// no script can read. Tabs share the cookie, so each tab broadcasts log-ins and log-outs to the others.

import { call, NoResponse, Problem } from "./api-client.js";
import {
  connectTabs,
  randomId,
  readItem,
  removeItem,
  saveItem,
  startStopwatch,
  withLock,
} from "./browser-features.js";

// Marks that a refresh token may exist, so that visitors without one send no refresh request.
export const MARK_KEY = "hirelane.session";
// Only one tab at a time changes the cookie: each sends the newest one, and no late answer replaces it.
const LOCK = "hirelane.session";
const RENEW_EARLY_MS = 30_000;
// Timeouts of the attempts to refresh. The API accepts an exchanged refresh token again for ten
// seconds, because its answer may be lost; after that it treats the token as stolen and ends the
// session. So each attempt starts within ten seconds. The last one has the usual timeout.
const REFRESH_TIMEOUTS_MS = [4_000, 4_000, undefined];

const postToTabs = connectTabs("hirelane.session", onTabMessage);
const listeners = new Set();

// The owner of `token`. No token of another account is ever kept beside it.
let account = null;
let lastAccount = null;
let token = null;
// Returns whether the token must be renewed. Null: the account must be read again as well.
let isTokenOld = null;
let renewal = null;
// The newest answer with a token; its owner may not be known yet.
let newestAnswer = null;
// The mark when the token was issued. Each log-in writes another mark, so a late message about an
// old session does not end a newer one.
let mark = null;

/** The session has ended. The page reports it and keeps what was typed. */
export class SessionExpired extends Error {}

export const session = {
  /** The account as GET /v1/account returns it, or null. */
  get account() {
    return account;
  },

  /** The e-mail address that was logged in last on this page, to prefill a log-in form. */
  get lastEmail() {
    return lastAccount?.email ?? "";
  },

  get lastId() {
    return lastAccount?.id ?? null;
  },

  get isCandidate() {
    return account?.role === "candidate";
  },

  /**
   * Register a listener. It gets `{ account, reason, isFromOtherTab }`; the reason is "logged-in",
   * "logged-out" (by the person, in any tab), "expired", or "switched": another account logged in,
   * in any tab; "logged-in" follows as soon as that account is known.
   */
  onChange(listener, signal) {
    listeners.add(listener);
    signal?.addEventListener("abort", () => listeners.delete(listener));
  },

  /** Find out whether a session exists. */
  async restore() {
    if (!readItem(MARK_KEY)) return;
    try {
      await renew();
      // Corrects tabs that missed a message and believe that another account is logged in.
      postToTabs({ hint: mark, id: account.id });
    } catch (error) {
      if (!(error instanceof SessionExpired)) throw error;
    }
  },

  /** Log in with `{ email, password, code? }`. The Problem "second-factor-required" asks for a code. */
  async logIn(credentials) {
    const answer = await withLock(LOCK, () => call("POST", "v1/sessions", { body: credentials }));
    mark = randomId();
    saveItem(MARK_KEY, mark);
    // The cookie has changed, even if this page is closed before it reads the account.
    postToTabs({ hint: mark });
    await acceptAnswer(answer);
  },

  /** Log out. Return false if another account has logged in meanwhile; its session stays. */
  async logOut() {
    const isOwnSession = await withLock(LOCK, async () => {
      if (readItem(MARK_KEY) !== mark) return false;
      await call("POST", "v1/sessions/end");
      return true;
    });
    if (isOwnSession) session.end();
    else handleReplacedSession();
    return isOwnSession;
  },

  /** End every session of the account, including this one. */
  async logOutEverywhere() {
    await session.call("DELETE", "v1/account/sessions");
    session.end();
  },

  /** Forget a session that has ended on the server, for instance because the account was deleted. */
  end() {
    clearSession("logged-out");
    postToTabs("out");
  },

  /**
   * Send a request with the access token, as `call` does. The token is renewed before it expires, and
   * once when the API rejects it. A request that was started for one account is never sent for
   * another: it throws SessionExpired.
   */
  async call(method, path, options = {}) {
    const accountId = lastAccount?.id;
    for (let isLast = false; ; isLast = true) {
      if (!token || !isTokenOld || isTokenOld()) await renew();
      if (!account || account.id !== accountId) throw new SessionExpired("the account has changed");
      const usedToken = token;
      try {
        return await call(method, path, { ...options, token });
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 401) throw error;
        const isNewest = token === usedToken;
        if (isNewest && (isLast || error.slug === "session-expired")) throw expireSession();
        if (isLast) throw error;
        if (isNewest) token = null;
      }
    }
  },

  /** Read the account again after a change. A failure is ignored, because the change was made. */
  async reload() {
    try {
      const { body } = await session.call("GET", "v1/account");
      if (body.id !== account?.id) return;
      account = lastAccount = body;
    } catch {
      return;
    }
    notify("logged-in");
    postToTabs({ hint: mark });
  },
};

async function onTabMessage(data) {
  if (data === "out") {
    newestAnswer = null;
    // The tab that logged out has removed the mark and the drafts. This message may arrive late,
    // when the storage already belongs to a newer session, so it is left alone.
    if (lastAccount) clearSession("logged-out", true);
    return;
  }
  // The answer of a running renewal may belong to the session before.
  while (renewal) await renewal.catch(() => {});
  if (data.id && data.id === account?.id) return;
  // Another tab logged in, perhaps with another account. The present token must not be used any more.
  isTokenOld = null;
  // A failure is reported by the next call.
  renew(data.hint).catch(() => {});
}

// One renewal at a time in this tab. `announcedMark` is the mark from a message of another tab, which may
// arrive before the storage shows what that tab wrote.
function renew(announcedMark = null) {
  renewal ??= withLock(LOCK, () => exchangeToken(announcedMark))
    .then(acceptAnswer)
    .finally(() => (renewal = null));
  return renewal;
}

async function exchangeToken(announcedMark) {
  mark = readItem(MARK_KEY) ?? announcedMark;
  if (!mark) throw expireSession();
  // Kept in memory if the tabs share no storage.
  if (readItem(MARK_KEY) !== mark) saveItem(MARK_KEY, mark);
  try {
    return await refresh();
  } catch (error) {
    throw isRejection(error) ? expireSession() : error;
  }
}

async function refresh(attempt = 0) {
  try {
    return await call("POST", "v1/sessions/refresh", { timeoutMs: REFRESH_TIMEOUTS_MS[attempt] });
  } catch (error) {
    const isLast = attempt === REFRESH_TIMEOUTS_MS.length - 1;
    if (!(error instanceof NoResponse) || isLast) throw error;
    return refresh(attempt + 1);
  }
}

// Accept the answer of a log-in or a refresh. No request is sent with the new token before its owner
// is known and the pages of the previous account have been notified.
async function acceptAnswer({ body }) {
  const owner = ownerOf(body.access_token);
  if (lastAccount && lastAccount.id !== owner) clearSession("switched");
  newestAnswer = body;
  const tokenAge = startStopwatch();
  const isKnown = isTokenOld && account?.id === owner;
  if (!isKnown) {
    const answer = await call("GET", "v1/account", { token: body.access_token }).catch((error) => error);
    if (newestAnswer !== body) throw new SessionExpired("a newer log-in or log-out came first");
    if (answer instanceof Error) throw isRejection(answer) ? expireSession() : answer;
    account = lastAccount = answer.body;
  }
  token = body.access_token;
  isTokenOld = () => tokenAge() >= body.expires_in * 1000 - RENEW_EARLY_MS;
  if (!isKnown) notify("logged-in");
}

// The session has ended or the account was deleted, so a retry cannot succeed.
const isRejection = (error) => [401, 403, 404].includes(error.status);

// The account id: the `sub` claim of the access token.
function ownerOf(jwt) {
  const payload = jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(atob(payload)).sub;
}

// The cookie was removed, or belongs to a newer log-in.
function handleReplacedSession() {
  if (!readItem(MARK_KEY)) return clearSession("logged-out", true);
  clearSession("switched");
  renew().catch(() => {});
}

const removeMark = () => readItem(MARK_KEY) === mark && removeItem(MARK_KEY);

function expireSession() {
  if (account) clearSession("expired");
  else removeMark();
  return new SessionExpired("the session has expired");
}

function clearSession(reason, isFromOtherTab = false) {
  account = token = newestAnswer = null;
  if (reason !== "expired") lastAccount = null;
  isTokenOld = null;
  if (reason !== "switched" && !isFromOtherTab) removeMark();
  notify(reason, isFromOtherTab);
}

function notify(reason, isFromOtherTab = false) {
  for (const listener of listeners) listener({ account, reason, isFromOtherTab });
}
