"""QR codes."""

from __future__ import annotations


def render_qr_code(text: str) -> str:
    """A QR code with a white margin, as an SVG image in a ``data:`` URL.

    Made here and not in the page: the client has no libraries, and the secret goes to no service.
    """
    # Loaded for the few who switch a second factor on.
    import segno

    return segno.make(text, error="m").svg_data_uri(scale=4, border=4, dark="black", light="white")
