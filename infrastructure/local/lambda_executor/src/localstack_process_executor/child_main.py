"""The first code the function's process runs; it becomes AWS's runtime interface client.

Started as `python -s -S child_main.py HANDLER DIRECTORY...` by the interpreter of the function's
runtime, which may be older than the one this package is written for: keep it plain.

`-S` keeps the interpreter's own site-packages out of sight, so that only the function's code,
its layers and the runtime directory (which PYTHONPATH names, as on Lambda) can be imported.
"""

import os
import site
import sys


def main() -> None:
    """Arrange the import path as Lambda does, then serve invocations until killed."""
    handler, directories = sys.argv[1], sys.argv[2:]
    sys.path[0:1] = [os.environ["LAMBDA_TASK_ROOT"], *directories]
    # Without site the interpreter lacks exit() and help(), which functions on Lambda have.
    site.setquit()
    site.setcopyright()
    site.sethelper()
    sys.argv[1:] = []

    from awslambdaric.__main__ import main as serve

    serve([sys.argv[0], handler])


if __name__ == "__main__":
    main()
