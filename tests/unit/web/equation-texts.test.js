import assert from "node:assert/strict";
import { test } from "node:test";
import { equationText } from "../../../web/recruiter/equation-texts.js";

test("an equation accounts for every application", () => {
  const balanced = { accepted: 412, waiting: 3, pipeline: 380, withdrawn: 29, erased: 0, balanced: true };
  assert.equal(
    equationText(balanced),
    "412 accepted: 3 waiting, 380 in the pipeline, 29 withdrawn, nothing is missing.",
  );
  const wrong = { accepted: 5, pipeline: 4, missing: 1, unexpected: 1, balanced: false };
  assert.equal(
    equationText(wrong),
    "5 accepted: 4 in the pipeline, 1 missing. 1 application is stored without having been accepted.",
  );
});
