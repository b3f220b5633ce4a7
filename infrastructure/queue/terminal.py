"""What is shown of texts that others wrote."""


def printable(text: str) -> str:
    """One line that does nothing to a terminal: what is no printable character is escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
