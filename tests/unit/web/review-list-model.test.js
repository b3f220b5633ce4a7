import assert from "node:assert/strict";
import { test } from "node:test";
import { ReviewList } from "../../../web/recruiter/review-list-model.js";

// Seven applicants, the newest first, in pages of three.
const ALL = [7, 6, 5, 4, 3, 2, 1].map((n) => ({ id: `a${n}`, accepted_at: `2026-11-0${n}T10:00:00Z` }));
const PAGE = 3;

function newList() {
  const cursors = [];
  const list = new ReviewList(async (cursor) => {
    cursors.push(cursor);
    const start = cursor ? Number(cursor) : 0;
    const next = start + PAGE < ALL.length ? String(start + PAGE) : null;
    return { applicants: ALL.slice(start, start + PAGE), next };
  });
  return { list, cursors };
}

test("next goes through all pages and previous back, without gaps", async () => {
  const { list, cursors } = newList();
  const seen = [ALL[0]];
  for (let next = ALL[0]; next; ) {
    next = await list.neighbour(next, 1);
    if (next) seen.push(next);
  }
  assert.deepEqual(seen, ALL);
  for (const [index, one] of ALL.entries()) {
    assert.equal(await list.neighbour(one, -1), ALL[index - 1] ?? null);
  }
  assert.deepEqual(cursors, ["", "3", "6"]);
});

test("an applicant opened by its address is found on a later page", async () => {
  const { list } = newList();
  assert.deepEqual(await list.neighbour(ALL[5], -1), ALL[4]);
  assert.deepEqual(await list.neighbour(ALL[5], 1), ALL[6]);
});

test("an applicant who has left the list has the place of the application's time", async () => {
  const { list } = newList();
  const gone = (day) => ({ id: "gone", accepted_at: `2026-11-${day}T12:00:00.5Z` });
  assert.equal(await list.neighbour(gone("04"), 1), ALL[3]);
  assert.equal(await list.neighbour(gone("04"), -1), ALL[2]);
  assert.equal(await list.neighbour(gone("08"), 1), ALL[0]);
  assert.equal(await list.neighbour(gone("08"), -1), null);
  const oldest = { id: "gone", accepted_at: "2026-10-01T12:00:00Z" };
  assert.equal(await list.neighbour(oldest, 1), null);
  assert.equal(await list.neighbour(oldest, -1), ALL[6]);
});

test("readers at the same time read a page once", async () => {
  const { list, cursors } = newList();
  await Promise.all([list.neighbour(ALL[0], 1), list.neighbour(ALL[0], -1), list.neighbour(ALL[1], 1)]);
  assert.deepEqual(cursors, [""]);
});
