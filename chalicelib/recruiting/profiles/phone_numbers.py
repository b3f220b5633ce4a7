"""Phone numbers in a text: international ones (ITU-T E.164) that can be nothing else."""

from __future__ import annotations

import re

# A plus sign, and digits in groups, of which one may be in brackets, as in +49 (0)221 or (+1) 212.
# The quantifiers are possessive, so that no text makes the search slow.
_NUMBER = re.compile(
    r"(?<![\w+.,/)-])\+((?:[1-9][0-9]{0,2}\)|[1-9][0-9]{0,14}+)"
    r"(?:[ \u00a0./-]{0,3}+\([0-9]{1,5}\)|[ \u00a0./-]{1,3}+[0-9]{1,14}+"
    r"|(?<=\))[0-9]{1,14}+){0,7}+)"
    r"(?![\w%+@]|[.,/-][0-9])"
)
_TRUNK = re.compile(r"\(0\)")
_LEAST_DIGITS, _MOST_DIGITS = 9, 15
# 7 and 1 are single digits. The others are the country codes of ITU-T E.164 (list of 2016) with two
# digits; all that begin with other digits have three.
_TWO_DIGITS = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")
_THREE_DIGITS = re.compile(
    r"21[1-368]|2[2346][0-9]|25[0-8]|29[0179]|35[0-9]|37[0-8]|38[0-35-79]|42[013]|50[0-9]|59[0-9]"
    r"|67[02-9]|68[0-35-9]|69[0-2]|85[0235-6]|88[06]|96[0-8]|97[0-7]|99[2-68]"
)
# Countries whose numbers begin with 0 after the country code.
_WITH_ZERO = {"39", "225", "241", "242", "378"}
_DATE = re.compile(r"(?:19|20)\d\d[-./ ]?(?:0[1-9]|1[0-2])[-./ ]?(?:0[1-9]|[12]\d|3[01])")


def find_phones(text: str) -> list[str]:
    """Return the international phone numbers of a text, each once, such as ``+492215550123``.

    A number without a plus sign and a country code is left out: it may be a date, an amount, the
    number of an account or of a tax office. So are amounts such as +250 000 000.
    """
    found = [_digits(match[1]) for match in _NUMBER.finditer(text)]
    return list(dict.fromkeys(f"+{one}" for one in found if one))


def _digits(written: str) -> str:
    """Return the digits of a number, or "" if it may be something else."""
    if _DATE.fullmatch(written) or written.count("(") > 1:
        return ""
    if re.search(r"[ .]000\b", written) or re.fullmatch(r"[0-9]+\.[0-9]+", written):
        return ""
    digits = re.sub(r"[^0-9]", "", _TRUNK.sub("", written))
    code = _country_code(digits)
    national = digits.removeprefix(code)
    if not code or not _LEAST_DIGITS <= len(digits) <= _MOST_DIGITS:
        return ""
    if code == "1" and not re.fullmatch(r"[2-9][0-9]{2}[2-9][0-9]{6}", national):
        return ""
    if code == "7" and len(national) != 10:
        return ""
    return "" if national.startswith("0") and code not in _WITH_ZERO else digits


def _country_code(digits: str) -> str:
    if digits[0] in "17":
        return digits[0]
    if _TWO_DIGITS.fullmatch(digits[:2]):
        return digits[:2]
    return digits[:3] if _THREE_DIGITS.fullmatch(digits[:3]) else ""
