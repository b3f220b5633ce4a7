"""Facts in the text of a resume: what is certain is found, and what looks like it is not."""

from __future__ import annotations

import time

import pytest

from chalicelib.recruiting.profiles.phone_numbers import find_phones
from chalicelib.recruiting.profiles.text_facts import find_facts
from tests.support.timing import stretch


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+49 221 5550123", "+492215550123"),
        ("Tel.: +49 (0)221 / 555 01-23", "+492215550123"),
        ("zoe@example.com · +47 22 34 56 78 ·", "+4722345678"),
        ("(+44 20 7946 0958)", "+442079460958"),
        ("+1 (212) 555-4321, New York", "+12125554321"),
        ("(+82) 10-9030-1843 | mail", "+821090301843"),
        ("+39 06 1234 5678.", "+390612345678"),
        ("+354 555 1234\n2019-2024", "+3545551234"),
        ("mobile:+33.6.12.34.56.78", "+33612345678"),
    ],
)
def test_international_number_is_found(text: str, number: str) -> None:
    assert find_phones(text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "(912) 555-4321",
        "0221 5550123",
        "0049 221 5550123",
        "2019-05-01 - 2024-06-30",
        "+2019-05-01",
        "29.06.2024",
        "DE89 3704 0044 0532 0130 00",
        "GB29 NWBK 6016 1331 9268 19",
        "VAT DE 123456789",
        "USt-IdNr. +DE123456789",
        "4111 1111 1111 1111",
        "ISBN +978 3 16 148410",
        "+30 250 000 users",
        "+1 200 000 downloads",
        "+250 000 000 EUR",
        "+12.5 %",
        "+47.376912345",
        "+47.3769, +8.541700",
        "C++ 20 12345678",
        "UTC+02:00 1234567",
        "+49 221",
        "+49 221 5550123 5550123 555",
        "+999 123 456 789",
        "+44 0044 1532 0130",
        "id a+4922155501234",
        "+492215550123@sip.example.com",
        "+1 123 456 7890",
    ],
)
def test_what_may_be_something_else_is_no_phone_number(text: str) -> None:
    assert find_phones(text) == []


@pytest.mark.parametrize(
    ("text", "emails"),
    [
        ("E-mail: Ada.Byron@Example.COM.", ["Ada.Byron@example.com"]),
        ("ada@example.com | ADA@example.com", ["ada@example.com"]),
        ("<ada+jobs@mail.example.co.uk>", ["ada+jobs@mail.example.co.uk"]),
        ("mailto:ada@example.org", ["ada@example.org"]),
        ("ada@example", []),
        ("git@github.com:ada/sails.git", []),
        ("ssh://git@example.com", []),
        ("logo@2x.png", []),
        ("name@1.2.3", []),
        ("ada@example.comPhone", []),
        ("ada@@example.com", []),
        ("@ada.example", []),
        ("ada@-example.com", []),
    ],
)
def test_only_complete_addresses_are_found(text: str, emails: list[str]) -> None:
    assert find_facts(text, "").emails == emails


ADA = "Ada Byron\nada@sails.example\n"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("linkedin.com/in/ada-byron", ["https://linkedin.com/in/ada-byron"]),
        ("https://www.linkedin.com/in/ada-byron/", ["https://www.linkedin.com/in/ada-byron"]),
        ("github.com/adabyron, gitlab", ["https://github.com/adabyron"]),
        ("https://github.com/ada/sails", []),
        ("github.com/ada github.com/bob", []),
        ("https://www.linkedin.com/company/yard", []),
        ("https://github.com/features", []),
        ("https://byron.example/cv.pdf.", ["https://byron.example/cv.pdf"]),
        ("https://www.sails.example", ["https://www.sails.example"]),
        ("http://byron.example", []),
        ("byron.example", []),
        ("https://yard.example/ada", []),
        ("Node.js and Vue.js", []),
    ],
)
def test_only_pages_of_the_person_are_found(text: str, links: list[str]) -> None:
    assert find_facts(ADA + text, "Ada Byron").links == links


@pytest.mark.parametrize(
    ("text", "account", "name"),
    [
        ("CURRICULUM VITAE\nADA  BYRON\n", "Ada Byron", "Ada Byron"),
        ("Zoë Müller-Lucas\nzoe.muller@example.com", "zoe", "Zoë Müller-Lucas"),
        ("Ada Byron King\nada.byron@example.com", "A", "Ada Byron King"),
        ("Ada Byron\nada@example.com", "A", ""),
        ("Curriculum Vitae\ncurriculum@example.com", "A", ""),
        ("Yard & Sons\nyard.sons@example.com", "A", ""),
        ("Bob Byron\nada.byron@example.com", "Ada Byron", ""),
        ("I worked with Ada Byron and many others\nada.byron@example.com", "A", ""),
        ("1\n2\n3\n4\n5\nAda Byron", "Ada Byron", ""),
        ("Ada\n", "Ada", ""),
    ],
)
def test_name_is_found_only_if_something_else_confirms_it(
    text: str, account: str, name: str
) -> None:
    assert find_facts(text, account).name == name


@pytest.mark.parametrize("part", ["+1", "1 ", "!", "a.", "a@", "+1 (2)", "/a.b", "AB12 "])
def test_hostile_text_is_read_in_linear_time(part: str) -> None:
    began = time.process_time()
    find_facts("+4" + part * (200_000 // len(part)), "Ada Byron")
    assert time.process_time() - began < stretch(2)
