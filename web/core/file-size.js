// Sizes of files in words.

import { formatNumber } from "./format.js";

const MEGABYTE = 1024 * 1024;

/** Return a size, such as "1.2 MB". */
export const formatSize = (bytes) =>
  bytes < MEGABYTE
    ? `${formatNumber(Math.max(1, Math.round(bytes / 1024)))} KB`
    : `${formatNumber(Math.round((bytes / MEGABYTE) * 10) / 10)} MB`;
