import "./browser-stubs.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EMPTY_SEARCH,
  filterCount,
  isEmptySearch,
  parseSearch,
  searchHash,
  searchPath,
} from "../../../web/candidate/search-model.js";

const parse = (query) => parseSearch(new URLSearchParams(query));

test("an address becomes a search and an address again", () => {
  const hash = "#/?q=boat+builder&workplace=hybrid,remote&employment=full-time&location=Hel";
  const search = parse(hash.slice(3));
  assert.deepEqual(search, {
    q: "boat builder",
    workplace: ["hybrid", "remote"],
    employment: ["full-time"],
    location: "Hel",
    employer: "",
  });
  assert.equal(searchHash(search), hash);
  assert.equal(filterCount(search), 4);
});

test("an unknown filter is left out", () => {
  assert.deepEqual(parse("workplace=moon,remote&strange=1&cursor=x"), {
    ...EMPTY_SEARCH,
    workplace: ["remote"],
  });
});

test("words are cut off at the limit, names are left out", () => {
  const longest = "🗼".repeat(200);
  const search = parse({ q: `${longest}x`, location: `${longest}x`, employer: longest });
  assert.deepEqual([search.q, search.location, search.employer], [longest, "", longest]);
});

test("an empty search asks for all postings", () => {
  assert.ok(isEmptySearch({ ...EMPTY_SEARCH, q: "  " }));
  assert.equal(searchPath(EMPTY_SEARCH), "v1/postings");
  assert.equal(searchHash(EMPTY_SEARCH), "#/");
});

test("the cursor is part of the request but not of the address", () => {
  const search = { ...EMPTY_SEARCH, q: "a&b" };
  assert.equal(searchPath(search, "c1"), "v1/postings?q=a%26b&cursor=c1");
  assert.equal(searchHash(search), "#/?q=a%26b");
});
