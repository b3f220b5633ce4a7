// What this browser keeps for the client. Where it keeps nothing, because it has no room or was told
// not to, that lasts as long as the page.

const here = new Map();

// -> whether it outlives the page.
export function keep(key, value) {
  try {
    localStorage.setItem(key, value);
    here.delete(key);
    return true;
  } catch {
    here.set(key, value);
    return false;
  }
}

export function kept(key) {
  try {
    return here.get(key) ?? localStorage.getItem(key);
  } catch {
    return here.get(key) ?? null;
  }
}

export function drop(key) {
  here.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // Then there was nothing.
  }
}

// All whose keys begin with this.
export function dropAll(prefix) {
  const keys = [...here.keys()];
  try {
    keys.push(...Object.keys(localStorage));
  } catch {
    // Then there is nothing more.
  }
  for (const key of keys) if (key.startsWith(prefix)) drop(key);
}
