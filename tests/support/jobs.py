"""A function for a stock RQ worker to call."""


def remember(job: str) -> str:
    """Return a result that names the job."""
    return f"remembered {job}"
