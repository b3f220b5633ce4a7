"""`make test`: every test, those in the browser beside all others.

Each half waits most of its time, for servers and for pages, so both take little longer than one.
What the browser's tests say is shown when the others are done.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence

BROWSER = "tests/browser"
OTHERS = ("tests", "infrastructure/local/executor/tests", f"--ignore={BROWSER}")
# Pytest's exit code when it was asked for tests that this half does not have.
NONE_FOUND = 5


def main(arguments: Sequence[str]) -> int:
    """Run both halves; returns the exit code."""
    pytest = [sys.executable, "-m", "pytest"]
    with tempfile.TemporaryFile(mode="w+") as said:
        browser = subprocess.Popen(
            [*pytest, BROWSER, *arguments], stdout=said, stderr=subprocess.STDOUT
        )
        try:
            others = subprocess.run([*pytest, *OTHERS, *arguments], check=False).returncode
            print("\nThe tests in the browser, meanwhile:", flush=True)
        except KeyboardInterrupt:
            # The terminal told all of us; pytest stops the servers that its tests started.
            others = 130
        in_browser = browser.wait()
        said.seek(0)
        print(said.read())
    codes = {others, in_browser}
    failed = codes - {0, NONE_FOUND}
    return max(failed) if failed else min(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
