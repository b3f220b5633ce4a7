"""The Chromium of the system, which the browser tests drive."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# No requests to its vendor's servers, and no protocol that the tests cannot watch.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


class ChromiumMissingError(Exception):
    """Chromium is not installed; the message says what to do."""


def executable() -> str:
    """Return the path of Chromium: the one in the variable CHROMIUM, or the first on the PATH."""
    asked = os.environ.get("CHROMIUM")
    for name in (asked,) if asked else NAMES:
        if found := shutil.which(name):
            return found
    if asked:
        raise ChromiumMissingError(f"CHROMIUM names {asked}, which is no program.")
    raise ChromiumMissingError(
        "The browser tests need Chromium: install it with `apt-get install chromium`,"
        " or name one with the variable CHROMIUM."
    )


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run Chromium without a window.

    Raises:
        ChromiumMissingError: it is not installed.
    """
    path = executable()
    # As root, Chromium's sandbox does not start.
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
