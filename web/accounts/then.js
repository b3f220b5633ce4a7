// Where to go on after logging in or signing up: "?then=#/..." of the address.

// Only to a page of this client.
export function thenOf(view) {
  const wanted = view.query.get("then") ?? "";
  return wanted.startsWith("#/") ? wanted : "#/";
}
