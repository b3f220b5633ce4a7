import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { countries, stateOf, toPosting, toValues } from "../../../web/recruiter/posting-model.js";

const POSTING = {
  title: "Night baker",
  description: "Sourdough\n\n- mix",
  workplace: "on-site",
  employment: "part-time",
  place: { country: "GB", region: null, city: "Leeds", countries: [] },
  pay: { min: 13.5, max: 15, currency: "GBP", period: "hour" },
  closes: { date_time: "2026-12-31T23:59", time_zone: "Europe/London" },
};
const REMOTE = {
  ...POSTING,
  workplace: "remote",
  place: { country: null, region: "Nordics", city: null, countries: ["NO", "SE"] },
};
const EMPTY = Object.fromEntries(Object.keys(POSTING).map((name) => [name, null]));

test("a posting is the same after a form, also an empty one", () => {
  for (const posting of [POSTING, REMOTE, EMPTY]) assert.deepEqual(toPosting(toValues(posting)), posting);
});

test("blank and partial values become what the API expects", () => {
  const values = { ...toValues(EMPTY), title: "  ", city: " Leeds ", pay: "10", currency: "gbp", closes: "" };
  assert.deepEqual(toPosting(values), {
    ...EMPTY,
    place: { country: null, region: null, city: "Leeds", countries: [] },
    pay: { min: 10, max: 10, currency: "GBP", period: "year" },
  });
});

test("only remote work has more countries", () => {
  const { place } = toPosting({ ...toValues(REMOTE), workplace: "hybrid" });
  assert.deepEqual(place, { ...REMOTE.place, countries: [] });
});

test("the countries are those that the API accepts", () => {
  const file = new URL("../../../chalicelib/recruiting/postings/countries.py", import.meta.url);
  const accepted = [...readFileSync(file, "utf8").matchAll(/(?<=^|; )([A-Z]{2}) /gm)].map(([, code]) => code);
  assert.ok(accepted.length > 240);
  assert.deepEqual(
    countries("en")
      .map(([code]) => code)
      .sort(),
    accepted.sort(),
  );
});

test("a published posting that accepts no applications has expired", () => {
  assert.equal(stateOf({ state: "published", is_open: false }), "expired");
  for (const state of ["draft", "closed"]) assert.equal(stateOf({ state, is_open: false }), state);
});
