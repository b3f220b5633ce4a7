"""Code that every package may use: ids, errors, MongoDB helpers, logs and metrics."""
