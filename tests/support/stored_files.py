"""Applications with files in the deployed system, without uploads."""

from __future__ import annotations

from chalicelib.bootstrap.clients import connect_redis
from chalicelib.common.ids import new_id
from chalicelib.queue import AcceptRequest, NewJob, Shards
from tests.support.deployment import Candidate, Deployment

BUCKET = "hirelane-files-local"


def apply_with_files(
    deployed: Deployment, candidate: Candidate, posting_id: str, contents: dict[str, bytes]
) -> tuple[str, list[str]]:
    """Have an application accepted whose files have these names and contents.

    Return its id, and the ids of the files. The next sweep stores the application.
    """
    s3, files = deployed.aws("s3"), []
    for name, content in contents.items():
        file = {"id": new_id(), "name": name, "type": name.rpartition(".")[2]}
        files.append({**file, "bytes": len(content), "sha256": "0" * 64})
        s3.put_object(Bucket=BUCKET, Key=f"files/{candidate.id}/{file['id']}", Body=content)
    arguments = {"candidate_id": candidate.id, "posting_id": posting_id, "draft": {}}
    job = NewJob(
        new_id(),
        "chalicelib.jobs.store_application",
        {**arguments, "files": files},
        f"store an application for posting {posting_id}",
    )
    redis = connect_redis(deployed.endpoints.redis_url)
    lanes = Shards(redis, "applications", prefix="{hl0}").of(candidate.id)
    lanes.accept(AcceptRequest(candidate.id, job))
    redis.close()
    return job.id, [str(file["id"]) for file in files]
