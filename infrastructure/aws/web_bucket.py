"""The web client in the bucket from which CloudFront serves it.

The files are below a folder that is named after the digest of all of them, so they never change and
are cached for ever. They are uploaded before the API that names them. Each page that was published
is kept, so that a rollback publishes an earlier one; its files stay, too.
"""

import hashlib
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.web_client.files import INDEX, File, WebClient, upload_url
from infrastructure.aws.target import Progress, Target
from infrastructure.local.deploy.errors import DeployError
from infrastructure.local.stack.layout import REPOSITORY

FOLDER = REPOSITORY / "web"
# No path of CloudFront leads to these.
PAGES = "pages"
# As the API sends them (chalicelib/http/responses.py), which is not imported because it is slow.
FILE_CACHE = "public, max-age=31536000, immutable"
# Browsers and CloudFront ask each time whether the page is still current.
PAGE_CACHE = "no-cache"
# Pages that were loaded before a deployment load files of their own version.
KEPT_VERSIONS = 10
PARALLEL = 8


def web_client_of(target: Target, files_bucket: str) -> WebClient:
    """Return the web client of a stage, whose page may upload to the bucket of files."""
    environ = {"HIRELANE_FILES_BUCKET": files_bucket, "AWS_REGION": target.region}
    if target.endpoints is not None:
        environ["AWS_ENDPOINT_URL"] = target.endpoints.aws_endpoint_url
    return WebClient(FOLDER, upload_url(environ))


class WebBucket:
    """The bucket of the web client of a stage.

    Args:
        target: The account or the LocalStack, and the stage.
        outputs: The outputs of the stacks. Without those of `edge`, nothing is done.
        progress: Called with each line of progress.
    """

    def __init__(self, target: Target, outputs: Mapping[str, str], progress: Progress) -> None:
        self._target = target
        self._bucket = outputs.get("WebBucketName", "")
        self._distribution = outputs.get("DistributionId", "")
        self._progress = progress
        self._s3 = target.client("s3")

    def upload(self, client: WebClient) -> None:
        """Upload the files and the page of a version, without publishing the page."""
        if not self._bucket:
            return
        folder = f"assets/{client.version}/"
        known = self._keys(folder)
        files = {f"{folder}{name}": file for name, file in client.assets.items()}
        missing = {key: file for key, file in files.items() if key not in known}
        with ThreadPoolExecutor(PARALLEL) as pool:
            for done in [pool.submit(self._put, *one, FILE_CACHE) for one in missing.items()]:
                done.result()
        # The page depends on the stage, too: on the bucket to which it uploads.
        self._put(f"{PAGES}/{client.version}.html", client.index, PAGE_CACHE)
        self._progress(f"  {'web client':<13} {client.version}: {len(missing)} files uploaded")

    def publish(self, version: str) -> None:
        """Let the page of a version be the one that is served.

        Raises:
            DeployError: That version was never uploaded.
        """
        if not self._bucket:
            return
        try:
            page = self._read(f"{PAGES}/{version}.html")
        except self._s3.exceptions.NoSuchKey:
            raise DeployError(f"The bucket has no web client of the version {version}.") from None
        if self._is_published(page):
            return
        self._put(INDEX, File(page.decode(), "text/html; charset=utf-8"), PAGE_CACHE)
        self._progress(f"  {'web client':<13} {version} is published")
        self._invalidate()
        self._remove_old(version)

    def empty(self) -> None:
        """Delete all objects, because a stack cannot delete a bucket that has some."""
        if self._bucket:
            try:
                self._delete(self._keys(""))
            except ClientError as error:
                if error.response["Error"]["Code"] != "NoSuchBucket":
                    raise

    def _invalidate(self) -> None:
        """Let CloudFront forget the page. Nothing else changes under its address."""
        if self._target.is_localstack:
            self._progress(f"  {'':<13} skipped: LocalStack core has no CloudFront to invalidate")
            return
        paths = ["/", f"/{INDEX}"]
        self._target.client("cloudfront").create_invalidation(
            DistributionId=self._distribution,
            InvalidationBatch={
                "Paths": {"Quantity": len(paths), "Items": paths},
                "CallerReference": secrets.token_hex(16),
            },
        )

    def _is_published(self, page: bytes) -> bool:
        try:
            head = self._s3.head_object(Bucket=self._bucket, Key=INDEX)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            return False
        digest = hashlib.md5(page, usedforsecurity=False).hexdigest()
        return bool(head["ETag"].strip('"') == digest)

    def _remove_old(self, published: str) -> None:
        """Delete the versions before the last ones, by the age of their pages."""
        newest_first = sorted(self._objects(f"{PAGES}/"), key=_modified_at, reverse=True)
        for page in newest_first[KEPT_VERSIONS:]:
            version = page["Key"].removeprefix(f"{PAGES}/").removesuffix(".html")
            if version != published:
                self._delete({page["Key"], *self._keys(f"assets/{version}/")})

    def _put(self, key: str, file: File, cache: str) -> None:
        self._s3.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=file.content.encode(),
            ContentType=file.media_type,
            CacheControl=cache,
        )

    def _read(self, key: str) -> bytes:
        content: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return content

    def _keys(self, prefix: str) -> set[str]:
        return {one["Key"] for one in self._objects(prefix)}

    def _objects(self, prefix: str) -> list[Any]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=prefix
        )
        return [one for page in pages for one in page.get("Contents", ())]

    def _delete(self, keys: set[str]) -> None:
        batch = sorted(keys)
        # S3 deletes at most a thousand at once.
        for start in range(0, len(batch), 1000):
            objects = [{"Key": key} for key in batch[start : start + 1000]]
            self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})


def _modified_at(found: Any) -> Any:
    return found["LastModified"]
