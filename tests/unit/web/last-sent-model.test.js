import assert from "node:assert/strict";
import { test } from "node:test";
import {
  areLinksOffered,
  isOffered,
  offeredFiles,
  stillPrefilled,
} from "../../../web/candidate/last-sent-model.js";

const sent = { links: ["https://a.example"], files: [{ sha256: "1" }, { sha256: "2" }] };

test("only what the draft does not have is offered", () => {
  assert.deepEqual(offeredFiles(sent, [{ sha256: "1" }]), [{ sha256: "2" }]);
  assert.deepEqual(offeredFiles(sent, Array(5).fill({ sha256: "3" })), []);
  assert.deepEqual(
    [areLinksOffered(sent, [""]), areLinksOffered(sent, ["https://b.example"])],
    [true, false],
  );
  assert.deepEqual([isOffered(sent), isOffered({ links: [], files: [] })], [true, false]);
});

test("what was changed or removed is no longer marked", () => {
  const prefilled = { links: { values: ["https://a.example"], sent_at: "x" }, files: { f: "x", g: "y" } };
  const same = { links: ["https://a.example"], files: [{ id: "f" }, { id: "g" }] };
  assert.deepEqual(stillPrefilled(prefilled, same), prefilled);
  assert.deepEqual(stillPrefilled(prefilled, { links: ["https://a.example/"], files: [{ id: "g" }] }), {
    files: { g: "y" },
  });
  assert.deepEqual(stillPrefilled({}, same), {});
});
