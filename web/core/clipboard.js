// The clipboard, which a browser may deny. It is a module of its own, because the first load lacks it.

/** Copy a text. Return whether the browser allowed it. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
