"""Packages and templates in the bucket of artifacts."""

import hashlib
from pathlib import Path

from botocore.exceptions import ClientError

from infrastructure.aws.documents import Template, text_of
from infrastructure.aws.target import Target
from infrastructure.local.deploy.errors import DeployError

# CloudFormation takes longer ones only from S3.
LONGEST_BODY = 51_200
# A role that may not list the bucket gets 403 for an object that is not there.
ABSENT = (403, 404)


class Artifacts:
    """The bucket of artifacts; the name of each object contains the digest of its content."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._client = target.client("s3")

    def upload_code(self, name: str, path: Path) -> dict[str, str]:
        """Upload a package unless it is there. Return its ``Bucket`` and ``Key``.

        Raises:
            DeployError: The bucket does not exist.
        """
        content = path.read_bytes()
        key = f"packages/{name}-{hashlib.sha256(content).hexdigest()[:32]}.zip"
        self._upload(key, content)
        return {"Bucket": self._target.artifacts, "Key": key}

    def template(self, stack: str, template: Template) -> dict[str, str]:
        """Return the arguments that give CloudFormation a template, and upload it if it is long.

        Raises:
            DeployError: The bucket does not exist.
        """
        text = text_of(template)
        if len(text.encode()) <= LONGEST_BODY:
            return {"TemplateBody": text}
        key = f"templates/{stack}-{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
        self._upload(key, text.encode())
        return {"TemplateURL": self._target.object_url(key)}

    def _upload(self, key: str, content: bytes) -> None:
        bucket = self._target.artifacts
        try:
            if self._exists(bucket, key):
                return
            self._client.put_object(Bucket=bucket, Key=key, Body=content)
        except self._client.exceptions.NoSuchBucket as error:
            raise DeployError(
                f"The bucket {bucket} is missing:"
                f" run `make bootstrap STAGE={self._target.stage.name}` once."
            ) from error

    def _exists(self, bucket: str, key: str) -> bool:
        try:
            self._client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in ABSENT:
                raise
            return False
        return True
