// Text items in this browser's local storage. When the storage is full or disabled, items are kept
// in memory and last as long as the page.

const memory = new Map();

/** Save an item. Return whether it survives a page load. */
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
