// The texts of every form.

import { formatNumber } from "./format.js";

export const formTexts = {
  optional: "(optional)",
  missing: "Fill in this field.",
  invalidEmail: "Enter an e-mail address, for example ada@example.com.",
  tooShort: (least) => `Use at least ${formatNumber(least)} characters.`,
  invalid: "This value is not valid.",
  show: "Show",
  hide: "Hide",
  showPassword: "Show password",
  hidePassword: "Hide password",
  offline: "You are offline. What you typed is still here. Send it again when you are back online.",
  unavailable:
    "Our service is temporarily unavailable. What you typed is still here. Send it again in a moment.",
  noResponse: "Hirelane did not answer. What you typed is still here. Send it again in a moment.",

  // Fields that the API rejected.
  fields: {
    name: "Enter your name, with at most 200 characters.",
    email: "Enter an e-mail address, for example ada@example.com.",
    password: "Use 8 to 128 characters, and not a very common password.",
    code: "Enter the six digits of the code, or a recovery code.",
    cover_letter: "Use at most 20,000 characters.",
    links: "Use at most 5 links, each starting with https://.",
  },
  // Problem slugs (docs/api.md) in forms that have no text of their own for them.
  problems: {
    "wrong-credentials": "E-mail address or password is wrong.",
    "wrong-password": "This password is wrong.",
    "wrong-code": "This code is wrong or was already used.",
    "link-expired": "This link is no longer valid.",
    "second-factor-enabled": "The second factor is already on.",
  },
};
