import assert from "node:assert/strict";
import { test } from "node:test";
import { bulkTexts } from "../../../web/recruiter/bulk-texts.js";

test("reasons are counted in words", () => {
  assert.equal(
    bulkTexts.excluded({ withdrawn: 1, already_decided: 1, same_stage: 2, unknown_to_us: 3 }),
    "1 had withdrawn, 1 was decided already, 2 were in this stage already, 3 were left out",
  );
  assert.equal(bulkTexts.operation.notTold("withdrawn", 3), "3 had withdrawn: not told.");
});

test("delay is told, also if there is none", () => {
  assert.equal(bulkTexts.sentAfter("1 hour"), "Each e-mail is sent 1 hour after the rejection.");
  assert.equal(bulkTexts.sentAfter(0), "The e-mails are sent at once.");
});
