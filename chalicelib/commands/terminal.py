"""Safe output of text that other people wrote."""


def printable(text: str) -> str:
    """Return the text with every unprintable character escaped.

    The result is one line, and has no control sequences that would change a terminal.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
