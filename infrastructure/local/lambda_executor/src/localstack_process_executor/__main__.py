"""Start LocalStack, or its fork LocalEmu, with this executor.

It does what `python -m localstack.runtime.main` does, also on Python 3.12.
"""

import os
import runpy
from importlib.util import find_spec

from .compatibility import provide_deprecated


def main() -> None:
    """Run the host that is installed in this environment; LocalStack if both are."""
    provide_deprecated()
    os.environ.setdefault("LAMBDA_RUNTIME_EXECUTOR", "process")
    host = "localstack" if find_spec("localstack") else "localemu"
    runpy.run_module(f"{host}.runtime.main", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
