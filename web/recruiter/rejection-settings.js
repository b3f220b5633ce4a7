// The settings of an employer for rejections, read once for many rejections.

import { startStopwatch } from "../core/browser-features.js";
import { session } from "../core/session.js";
import { read, readEmployer, reasonsPath, templatesPath } from "./employers-api.js";

const KEPT_MS = 5 * 60 * 1000;

/** @type {Map<string, { age: () => number, settings: Promise<any> }>} */
const kept = new Map();

session.onChange(() => kept.clear());

/** Return `{ reasons, templates, delay }`; the delay is in minutes. */
export async function readRejectionSettings(employerId) {
  const found = kept.get(employerId);
  if (found && found.age() < KEPT_MS) return found.settings;
  const settings = readAll(employerId);
  kept.set(employerId, { age: startStopwatch(), settings });
  settings.catch(() => forgetRejectionSettings(employerId));
  return settings;
}

/** Read the settings again when they are next needed, because they have changed. */
export const forgetRejectionSettings = (employerId) => kept.delete(employerId);

async function readAll(employerId) {
  const [{ reasons }, { templates }, employer] = await Promise.all([
    read(reasonsPath(employerId)),
    read(templatesPath(employerId)),
    readEmployer(employerId),
  ]);
  return { reasons, templates, delay: employer.rejection_delay_minutes };
}
