import assert from "node:assert/strict";
import { test } from "node:test";
import { fileName, filterOf, nextCursor } from "../../../web/recruiter/applicants-model.js";

test("filter has the stage or the withdrawn ones, and the search", () => {
  const of = (query) => filterOf(new URLSearchParams(query));
  assert.deepEqual(of(""), {});
  assert.deepEqual(of("stage=new&q=+ada+"), { stage: "new", q: "ada" });
  assert.deepEqual(of("stage=withdrawn&q=+"), { withdrawn: "true" });
});

test("export goes on until a part has no link", () => {
  assert.equal(nextCursor('<?posting_id=1&cursor=01a2>; rel="next"'), "01a2");
  for (const last of [null, "", '<?cursor=01a2>; rel="prev"']) assert.equal(nextCursor(last), "");
});

test("file is named after the posting without what file systems refuse", () => {
  assert.equal(fileName("Night baker"), "Night baker.csv");
  assert.equal(fileName('a/b\\c:"d"\u0000?'), "a b c d.csv");
  assert.equal(fileName("\u202e"), "applicants.csv");
});
