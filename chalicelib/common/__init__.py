"""Small parts that every package may use: ids, MongoDB writes, logs and metrics."""
