"""A function for a stock RQ worker to call."""


def remember(job: str) -> str:
    return f"remembered {job}"
