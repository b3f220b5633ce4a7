"""Read the notes of a version from CHANGELOG.md."""

import re

from infrastructure.errors import CommandError

HEADING = re.compile(r"^## (?P<version>\S+)(?: - (?P<date>\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)
VERSION = re.compile(r"\d+\.\d+\.\d+")


def notes(changelog: str, version: str) -> str:
    """Return the section of a version, without its heading.

    Args:
        changelog: The text of CHANGELOG.md.
        version: Such as `1.2.0`, or the tag `v1.2.0`.

    Raises:
        CommandError: The version is malformed, or has no dated section with content.
    """
    name = version.removeprefix("v")
    if not VERSION.fullmatch(name):
        raise CommandError(f"{version} is not a version such as 1.2.0.")
    headings = list(HEADING.finditer(changelog))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading["version"] == name:
            end = following.start() if following else len(changelog)
            text = changelog[heading.end() : end].strip()
            if not heading["date"] or not text:
                raise CommandError(f"The section {name} of CHANGELOG.md needs a date and entries.")
            return text + "\n"
    raise CommandError(f"CHANGELOG.md has no section `## {name} - <date>`.")
