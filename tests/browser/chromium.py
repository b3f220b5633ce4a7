"""The Chromium that the tests drive: the system's own."""

from __future__ import annotations

import os
import shutil

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
# It is to do nothing by itself: no look at its maker's servers, no protocol that cannot be watched.
ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


class NoChromium(Exception):
    """There is none; the message says what to do."""


def executable() -> str:
    """The path of Chromium: what the variable CHROMIUM names, or the first one on the PATH."""
    asked = os.environ.get("CHROMIUM")
    for name in (asked,) if asked else NAMES:
        if found := shutil.which(name):
            return found
    if asked:
        raise NoChromium(f"CHROMIUM names {asked}, which is no program.")
    raise NoChromium(
        "The browser tests need Chromium: install it with `apt-get install chromium`,"
        " or name one with the variable CHROMIUM."
    )


def launch(playwright: Playwright) -> Browser:
    """Starts it, without a window."""
    # As root, Chromium's sandbox does not start.
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return playwright.chromium.launch(executable_path=executable(), args=arguments)
