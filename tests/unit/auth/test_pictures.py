"""QR codes of secrets."""

from __future__ import annotations

from urllib.parse import unquote

from chalicelib.auth.credentials.qr_code import render_qr_code

URI = "otpauth://totp/Hirelane:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Hirelane"


def test_it_is_an_image_black_on_white_whatever_the_page_is() -> None:
    kind, _, svg = render_qr_code(URI).partition(",")
    assert kind == "data:image/svg+xml;charset=utf-8"
    picture = unquote(svg)
    assert picture.startswith("<svg ")
    assert picture.endswith("</svg>")
    assert "fill='#fff'" in picture
    assert "stroke='#000'" in picture


def test_another_text_is_another_image() -> None:
    assert render_qr_code(URI) == render_qr_code(URI)
    assert render_qr_code(URI) != render_qr_code(URI.replace("ada", "bela"))
