"""QR codes."""

from __future__ import annotations


def render_qr_code(text: str) -> str:
    """Return a QR code with a white margin, as an SVG image in a ``data:`` URL.

    The API renders it, because the web client has no libraries and no other service may see the
    secret in the text.
    """
    # Imported here, because only requests that propose a second factor need it.
    import segno

    return segno.make(text, error="m").svg_data_uri(scale=4, border=4, dark="black", light="white")
