// Downloads of files that the API gives links to.

import { session } from "./session.js";

/** Download the file to which the API answers a link. The browser saves it and stays on the page. */
export async function download(path, signal) {
  const { body } = await session.call("GET", path, { signal });
  location.assign(body.url);
}
