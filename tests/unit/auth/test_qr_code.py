"""QR codes."""

from __future__ import annotations

from urllib.parse import unquote

from chalicelib.auth.credentials.qr_code import render_qr_code

URI = "otpauth://totp/Hirelane:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Hirelane"


def test_qr_code_is_a_black_and_white_svg() -> None:
    kind, _, svg = render_qr_code(URI).partition(",")
    assert kind == "data:image/svg+xml;charset=utf-8"
    picture = unquote(svg)
    assert picture.startswith("<svg ")
    assert picture.endswith("</svg>")
    assert "fill='#fff'" in picture
    assert "stroke='#000'" in picture


def test_qr_code_depends_on_the_text() -> None:
    assert render_qr_code(URI) == render_qr_code(URI)
    assert render_qr_code(URI) != render_qr_code(URI.replace("ada", "bela"))
