"""The export of many long applications, through the deployed function."""

from __future__ import annotations

import csv
import io
import os
import re
import time
from functools import partial
from itertools import batched
from typing import Any

from pymongo.database import Database

from chalicelib.common import times
from chalicelib.common.ids import new_id
from tests.support.assertions import wait_for
from tests.support.deployment import Deployment, Join

# Together longer than the 6 MB that a response of Lambda may have. The last character takes three
# times as many bytes in the JSON of the response as in the file.
COUNT = int(os.environ.get("HIRELANE_EXPORTED", "150"))
LETTER = '"Long", \n' + 10_000 * "é"


def id_of_minute(minutes: int) -> str:
    """Return a new id as it was given some minutes ago."""
    then = f"{int(time.time() - 60 * minutes) * 1000:012x}"
    return f"{then[:8]}-{then[8:]}{new_id()[13:]}"


def test_export_of_long_applications_is_complete(
    deployed: Deployment, join: Join, database: Database[dict[str, Any]]
) -> None:
    owner = join("Grace Owner")
    about = {"name": "Bakery", "slug": f"bakery-{new_id()}"}
    employer = deployed.call("POST", "/v1/employers", about, owner.token).body["id"]
    path = f"/v1/employers/{employer}"
    created = deployed.call("POST", f"{path}/postings", {"title": "Baker"}, owner.token).body["id"]
    # One application a minute: the local server examines all that were sent at the same time.
    posting, *ids = (id_of_minute(COUNT - n) for n in range(COUNT + 1))
    stored = database["postings"].find_one({"_id": created})
    database["postings"].insert_one({**(stored or {}), "_id": posting})
    people = {one: new_id() for one in ids}
    # Otherwise a sweep deletes the applications, because their candidates have no accounts.
    database["accounts"].insert_many(
        {"_id": one, "name": "Ada", "email": f"{one}@example.com"} for one in people.values()
    )
    for page in batched(ids, 100):
        database["applications"].insert_many(
            {
                "_id": one,
                "employer_id": employer,
                "posting_id": posting,
                "candidate_id": people[one],
                "cover_letter": LETTER,
                "links": [],
                "active": True,
                "stage": "new",
                "version": 2,
                **dict.fromkeys(("entered_at", "accepted_at", "stored_at"), times.now()),
            }
            for one in page
        )
    following, text = f"?posting_id={posting}&limit=1000", ""
    while following:
        export = f"{path}/applications/export{following}"
        # The local database is slow while a sweep indexes the applications.
        answer = wait_for(
            partial(deployed.call, "GET", export, token=owner.token),
            lambda one: one.status != 503,
        )
        assert answer.status == 200, answer
        text += answer.body
        link = re.fullmatch(r'<(\?.+)>; rel="next"', answer.headers.get("link", ""))
        following = link[1] if link else ""
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert [row[0] for row in rows] == sorted(ids, reverse=True)
    column = head.index("cover_letter")
    assert {row[column] for row in rows} == {LETTER}
