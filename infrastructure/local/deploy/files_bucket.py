"""The bucket with the files of candidates."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from infrastructure.local.stack.layout import make_private

BUCKET = "hirelane-files-local"
_ABOUT = ".about.json"


def ensure_bucket(s3: Any, client_url: str) -> None:
    """Create the private bucket, with the rules that it also has on AWS (docs/operations.md).

    Args:
        s3: the client of S3.
        client_url: the URL of the web client, which uploads from its origin.
    """
    # In us-east-1, creating a bucket that one owns already changes nothing.
    s3.create_bucket(Bucket=BUCKET)
    s3.put_public_access_block(
        Bucket=BUCKET,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    # A process that writes an export may be killed before it completes or aborts its upload.
    s3.put_bucket_lifecycle_configuration(
        Bucket=BUCKET,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "incomplete-uploads",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                }
            ]
        },
    )
    address = urlsplit(client_url)
    s3.put_bucket_cors(
        Bucket=BUCKET,
        CORSConfiguration={
            "CORSRules": [
                {
                    "AllowedOrigins": [f"{address.scheme}://{address.netloc}"],
                    "AllowedMethods": ["POST"],
                    "AllowedHeaders": ["*"],
                    "MaxAgeSeconds": 3600,
                }
            ]
        },
    )


def save_files(s3: Any, folder: Path) -> int:
    """Copy all objects into a folder, because LocalStack loses them when it stops.

    Returns:
        How many objects there are. The folder has no others afterwards.
    """
    make_private(folder)
    saved: set[Path] = set()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for one in page.get("Contents", ()):
            path = folder / quote(one["Key"], safe="")
            about = path.with_name(f"{path.name}{_ABOUT}")
            saved |= {path, about}
            if not about.exists():
                found = s3.get_object(Bucket=BUCKET, Key=one["Key"])
                path.write_bytes(found["Body"].read())
                kept = {"ContentType": found["ContentType"], "Metadata": found["Metadata"]}
                about.write_text(json.dumps(kept))
    for path in folder.iterdir():
        if path not in saved:
            path.unlink()
    return len(saved) // 2


def restore_files(s3: Any, folder: Path) -> int:
    """Write the objects that ``save_files`` has copied, unless they exist. Return how many."""
    restored = 0
    for about in sorted(folder.glob(f"*{_ABOUT}")):
        path = about.with_name(about.name.removesuffix(_ABOUT))
        kept: dict[str, Any] = json.loads(about.read_text())
        try:
            s3.put_object(
                Bucket=BUCKET,
                Key=unquote(path.name),
                Body=path.read_bytes(),
                IfNoneMatch="*",
                **kept,
            )
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
        else:
            restored += 1
    return restored
