"""The facts about a person that the text of a resume states with certainty.

Precision comes before recall: what could be something else is left out. The candidate sees the rest
and types what is missing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chalicelib.recruiting.profiles.models import FileFacts
from chalicelib.recruiting.profiles.phone_numbers import find_phones

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

_MOST = 5
_ATOM = r"[A-Za-z0-9!#$%&'*+=?^_`{|}~-]{1,64}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(
    rf"(?<![\w.@/+%-])({_ATOM}(?:\.{_ATOM}){{0,8}})@({_LABEL}(?:\.{_LABEL}){{1,6}})(?![\w@-]|[.:][\w@])"
)
# The ends of names of files, such as logo@2x.png.
_FILE_ENDS = {"css", "docx", "gif", "htm", "html", "jpeg", "jpg", "js", "odt", "pdf", "png", "svg"}
_LINK = re.compile(
    r"(?<![\w.@/-])(https://)?((?:[a-z0-9-]+\.)+[a-z]{2,24}(?:/[^\s<>\"'()\[\]{}|]*)?)", re.I
)
_LINK_END = ".,;:!?…/"
# Profiles of persons on two networks. Other pages of these belong to nobody in particular.
_PROFILES = {
    "linkedin": re.compile(r"(?:[a-z]{2,3}\.|www\.)?linkedin\.com/in/([\w%-]{3,100})", re.I),
    "github": re.compile(r"(?:www\.)?github\.com/([a-z0-9](?:[a-z0-9-]{0,37}[a-z0-9])?)", re.I),
}
_GITHUB_PAGES = {"about", "features", "login", "orgs", "sponsors", "topics"}
# Hosts of mailboxes of many people: the host of such an address is no page of its owner.
_SHARED_HOSTS = re.compile(
    r"(?:aol|gmail|gmx|googlemail|hotmail|icloud|live|mail|me|msn|outlook|proton|protonmail|web|yahoo)\..+"
)
_NAME_LINES, _MOST_WORDS = 5, 5
_LEAST_WORD = 4
_NAME_MARKS = ".-'\u2019"


def find_facts(text: str, account_name: str) -> FileFacts:
    """Return what a text states with certainty about its author.

    - An e-mail address is a complete address (RFC 5322, dot-atom) that stands alone.
    - A phone number: see ``find_phones``.
    - A link is the only profile on LinkedIn or GitHub in the text, or a page with ``https://``
      whose host has a word of the author's name, or is the host of an address of the author.
    - A name is one of the first lines: if it is the name of the account, or if all words of the
      part before the @ of an address are words of this line.

    Args:
        text: the text of a resume.
        account_name: the name of the account that has the file.
    """
    emails = _find_emails(text)
    name = _find_name(text, account_name, emails)
    words = {one for one in _words(f"{name} {account_name}") if len(one) >= _LEAST_WORD}
    links = _find_links(text, words, emails)
    return FileFacts(name, emails[:_MOST], find_phones(text)[:_MOST], links[:_MOST])


def _find_emails(text: str) -> list[str]:
    found = []
    for local, host in _EMAIL.findall(text):
        end = host.rpartition(".")[2]
        # Letters of both cases are two words that lost the space between them.
        is_word = end.isalpha() and end.isascii() and (end.islower() or end.isupper())
        if is_word and len(end) >= 2 and end.lower() not in _FILE_ENDS and len(local) <= 64:
            found.append(f"{local}@{host.lower()}")
    return list({one.lower(): one for one in reversed(found)}.values())[::-1]


def _find_name(text: str, account_name: str, emails: Iterable[str]) -> str:
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()][:_NAME_LINES]
    for line in lines:
        if _words(line) == _words(account_name) and _is_name(line):
            return account_name
    for line in lines:
        words = set(_words(line))
        for email in emails:
            parts = re.split(r"[._-]", email.partition("@")[0])
            if len(parts) >= 2 and set(map(_fold, parts)) <= words and _is_name(line):
                return line
    return ""


def _is_name(line: str) -> bool:
    words = line.split()
    letters = [one for word in words for one in word if one not in _NAME_MARKS]
    return 2 <= len(words) <= _MOST_WORDS and all(map(str.isalpha, letters))


def _find_links(text: str, words: Set[str], emails: Iterable[str]) -> list[str]:
    own_hosts = {one.partition("@")[2] for one in emails}
    own_hosts = {one for one in own_hosts if not _SHARED_HOSTS.fullmatch(one)}
    profiles: dict[str, dict[str, str]] = {name: {} for name in _PROFILES}
    pages = {}
    for scheme, rest in _LINK.findall(text):
        address = rest.rstrip(_LINK_END)
        for network, pattern in _PROFILES.items():
            if (match := pattern.fullmatch(address)) and match[1].lower() not in _GITHUB_PAGES:
                profiles[network].setdefault(match[1].lower(), f"https://{address}")
        host = urlsplit(f"https://{address}").hostname or ""
        folded = set(re.split(r"[.-]", host.removeprefix("www.")))
        is_own = host.removeprefix("www.") in own_hosts or any(
            word in part for word in words for part in folded
        )
        if scheme and is_own and len(address) <= 400:
            pages[address] = f"https://{address}"
    # Two profiles on one network: at least one of them is of somebody else.
    certain = [link for found in profiles.values() if len(found) == 1 for link in found.values()]
    return list(dict.fromkeys([*certain, *pages.values()]))


def _words(text: str) -> list[str]:
    return [_fold(one) for one in re.split(r"[\s.-]+", text) if one]


def _fold(text: str) -> str:
    """Return a word without accents and in lower case, as addresses have it."""
    bare = unicodedata.normalize("NFKD", text.casefold().replace("ø", "o"))
    return "".join(one for one in bare if not unicodedata.combining(one))
