// Where to go on after logging in or signing up: "?then=#/..." of the address, remembered in this
// browser until the mailed link was followed.

import { drop, keep, kept } from "../core/kept.js";
import { hashOf } from "../core/router.js";

const THEN = "hirelane.then";
const FRONT = "#/";

// Only to a page of this client.
export function thenOf(view) {
  const wanted = view.query.get("then") ?? "";
  return wanted.startsWith("#/") ? wanted : FRONT;
}

// The address of another page that goes on there too.
export const withThen = (path, then) => hashOf(path, { then: then === FRONT ? "" : then });

export function rememberThen(then) {
  if (then === FRONT) drop(THEN);
  else keep(THEN, then);
}

export function takeThen() {
  const then = kept(THEN) ?? FRONT;
  drop(THEN);
  return then;
}
