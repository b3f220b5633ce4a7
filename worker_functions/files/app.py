"""The files worker: reads the texts of candidates' files. Entry point only."""

import os
from functools import cache, partial
from typing import Any

from chalice import Chalice

from chalicelib.bootstrap.clients import s3_client
from chalicelib.files_worker.bucket import BucketReader
from chalicelib.files_worker.service import TextService

app = Chalice(app_name="hirelane-files", configure_logs=False)


@cache
def service() -> TextService:
    """Return the service of this process."""
    return TextService(
        BucketReader(os.environ["HIRELANE_FILES_BUCKET"], cache(partial(s3_client, attempts=2)))
    )


@app.lambda_function(name="text")
def read_text(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Return the text of a file, or a resume. Drains of texts and the API wait for the answer."""
    return service().answer(event)
