"""What LocalStack needs on Python 3.12, for which it is made, but not tested."""

import warnings
from collections.abc import Callable


def provide_deprecated() -> None:
    """Add `warnings.deprecated`, which LocalStack imports, to a Python older than 3.13."""
    if not hasattr(warnings, "deprecated"):
        setattr(warnings, "deprecated", _deprecated)  # noqa: B010 - for the type checker


def _deprecated[Decorated](message: str, **options: object) -> Callable[[Decorated], Decorated]:
    """Return a decorator that warns nobody."""
    return lambda decorated: decorated
