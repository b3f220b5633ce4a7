"""The first code that the function's process runs; it then runs AWS's runtime interface client.

The command is `python -s -S child_main.py HANDLER DIRECTORY...`. The interpreter is that of the
function's runtime, which may be older than the one this package needs: keep this file simple.

`-S` hides the site-packages of the interpreter, so that the function can import only its own code,
its layers and the runtime directory (which is in PYTHONPATH, as on Lambda).
"""

import os
import site
import sys


def main() -> None:
    """Set the import path as Lambda does, then handle invocations until killed."""
    handler, directories = sys.argv[1], sys.argv[2:]
    sys.path[0:1] = [os.environ["LAMBDA_TASK_ROOT"], *directories]
    # `-S` also removes exit() and help(), which functions on Lambda have.
    site.setquit()
    site.setcopyright()
    site.sethelper()
    sys.argv[1:] = []

    from awslambdaric.__main__ import main as serve

    serve([sys.argv[0], handler])


if __name__ == "__main__":
    main()
