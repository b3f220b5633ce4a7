// Features that a browser may lack, deny or get wrong (old versions, privacy settings, plain HTTP, a wrong
// clock), each with a substitute. Only clipboard.js uses another one.

/** Return a random id of 128 bits. */
export function randomId() {
  // crypto.randomUUID exists only on HTTPS and localhost.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Return whether the browser may be online. Only a browser that says so is offline. */
export const isOnline = () => navigator.onLine !== false;

/**
 * Return a function that returns the milliseconds since this call. The clock may be set back meanwhile, and
 * performance.now() may stop while the computer sleeps.
 */
export function startStopwatch() {
  const date = Date.now();
  const uptime = performance.now();
  return () => Math.max(Date.now() - date, performance.now() - uptime);
}

// Items that the storage did not take. They last as long as the page.
const memory = new Map();

/** Save a text item in the local storage. Return whether it survives a page load. */
export function saveItem(key, value) {
  try {
    localStorage.setItem(key, value);
    memory.delete(key);
    return true;
  } catch {
    memory.set(key, value);
    return false;
  }
}

/** Return an item, or null. */
export function readItem(key) {
  try {
    return memory.get(key) ?? localStorage.getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

export function removeItem(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // A disabled storage holds no item.
  }
}

/** Remove the items of one account: those with keys like "hirelane.draft.<account>.<posting>". */
export function removeAccountItems(accountId) {
  const keys = [...memory.keys()];
  try {
    keys.push(...Object.keys(localStorage));
  } catch {
    // A disabled storage holds no item.
  }
  for (const key of keys) if (key.split(".")[2] === accountId) removeItem(key);
}

// The end of the last action that had no lock.
let lastAction = Promise.resolve();

/**
 * Run an action while no other tab runs one under the same name, and return its result. Without locks,
 * only the actions of this tab wait for each other.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function withLock(name, action) {
  let isLocked = false;
  const run = () => {
    isLocked = true;
    return action();
  };
  try {
    return await navigator.locks.request(name, run);
  } catch (error) {
    // The error of the action itself.
    if (isLocked) throw error;
  }
  const result = lastAction.then(action);
  lastAction = result.then(
    () => {},
    () => {},
  );
  return result;
}

/**
 * Connect the tabs of this client. `onMessage(data)` gets what other tabs post. Return a function that
 * posts to them. Without broadcast channels, messages pass through the storage.
 *
 * @param {string} name
 * @param {(data: any) => void} onMessage
 * @returns {(data: any) => void}
 */
export function connectTabs(name, onMessage) {
  const postByStorage = connectByStorage(`${name}.message`, onMessage);
  let channel = null;
  try {
    channel = new BroadcastChannel(name);
    channel.addEventListener("message", ({ data }) => onMessage(data));
  } catch {
    return postByStorage;
  }
  return (data) => {
    try {
      channel.postMessage(data);
    } catch {
      postByStorage(data);
    }
  };
}

function connectByStorage(key, onMessage) {
  addEventListener("storage", (event) => {
    if (event.key === key && event.newValue) onMessage(JSON.parse(event.newValue).data);
  });
  return (data) => {
    try {
      // Only a change is reported, so each message is different.
      localStorage.setItem(key, JSON.stringify({ id: randomId(), data }));
      localStorage.removeItem(key);
    } catch {
      // Nothing connects the tabs. Each learns of a change from the answer to its next request.
    }
  };
}
