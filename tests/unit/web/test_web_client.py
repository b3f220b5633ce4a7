"""The web client as the API serves it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from chalice.test import Client, HTTPResponse

import app as api
from chalicelib.web_client.files import WebClient
from chalicelib.web_client.routes import FOLDER, web_client

KEPT = "public, max-age=31536000, immutable"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@pytest.fixture
def http() -> Client:
    return Client(api.app)


def page(http: Client) -> str:
    return http.http.get("/").body.decode()


def references(http: Client) -> list[str]:
    return re.findall(r'(?:href|src)="(assets/[^"]+)"', page(http))


def get(http: Client, path: str, **headers: str) -> HTTPResponse:
    return http.http.get(path, headers=headers)


def test_page_is_html_and_revalidated(http: Client) -> None:
    answer = get(http, "/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


def test_known_page_is_not_sent_again(http: Client) -> None:
    tag = get(http, "/").headers["ETag"]
    answer = get(http, "/", **{"If-None-Match": tag})
    assert (answer.status_code, answer.body) == (304, b"")


def test_page_refers_to_files_of_this_version(http: Client) -> None:
    found = references(http)
    assert f"assets/{web_client().version}/main.js" in found
    assert all(re.match(r"assets/[0-9a-f]{16}/", one) for one in found)
    assert '"./' not in page(http)


def test_files_of_the_page_are_cached_for_ever(http: Client) -> None:
    for reference in references(http):
        answer = get(http, f"/{reference}")
        assert answer.status_code == 200, reference
        assert answer.headers["Cache-Control"] == KEPT
        media_type = answer.headers["Content-Type"].split(";")[0]
        assert media_type == TYPES[Path(reference).suffix]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_modules_import_only_existing_files(http: Client) -> None:
    modules = list(FOLDER.rglob("*.js"))
    assert len(modules) > 10
    for module in modules:
        imported = re.findall(r'(?:from|import\()\s*"([^"\n]+)"', module.read_text())
        for name in imported:
            target = (module.parent / name).resolve()
            assert name.startswith("."), f"{module.name} imports {name} from elsewhere"
            assert target.is_file(), f"{module.name} imports {name}"


def test_every_file_is_served(http: Client) -> None:
    """Chalice has no path of any depth: a file two folders deep would be one nobody can load."""
    for file in FOLDER.rglob("*"):
        if file.suffix in TYPES:
            path = f"/assets/{web_client().version}/{file.relative_to(FOLDER).as_posix()}"
            assert get(http, path).status_code == 200, path


def test_areas_import_only_what_is_below_them() -> None:
    """Areas import core, and employers' pages show postings as candidates see them."""
    allowed: dict[str, set[str]] = {
        "core": set(),
        "accounts": {"core"},
        "candidate": {"core", "accounts"},
        "recruiter": {"core", "accounts", "candidate"},
    }
    for module in FOLDER.glob("*/*.js"):
        imported = re.findall(r'from "\.\./(\w+)/', module.read_text())
        assert set(imported) <= allowed[module.parent.name], module


@pytest.mark.parametrize(
    ("feature", "users"),
    [
        # A browser may deny these.
        (r"localStorage|indexedDB|caches\b", {"browser-features.js"}),
        (r"sessionStorage|serviceWorker", {"main.js"}),
        (r"navigator\.clipboard", {"clipboard.js"}),
        (
            r"navigator\.(?!languages|clipboard)|BroadcastChannel|randomUUID",
            {"browser-features.js"},
        ),
        (r"history\.(push|replace)State|history\[", {"router.js"}),
        # The visitor's clock may be wrong.
        (r"Date\.now|new Date\(\)", {"api-client.js", "browser-features.js", "main.js"}),
    ],
)
def test_only_one_module_uses_what_browsers_may_deny(feature: str, users: set[str]) -> None:
    found = {
        module.name
        for module in FOLDER.rglob("*.js")
        if re.search(feature, re.sub(r"//.*", "", module.read_text()))
    }
    assert found <= users


def test_stylesheets_have_at_most_300_lines() -> None:
    for stylesheet in FOLDER.glob("styles/*.css"):
        assert len(stylesheet.read_text().splitlines()) <= 300, stylesheet


@pytest.mark.parametrize(
    "path",
    [
        "0000000000000000/main.js",
        "{version}/nothing.js",
        "{version}/core/nothing.js",
        "{version}/index.html",
        "{version}/README.md",
        "{version}/../app.py",
        "{version}/..%2Fapp.py",
        "{version}/core/..",
    ],
)
def test_unknown_file_or_version_is_not_found(http: Client, path: str) -> None:
    answer = get(http, f"/assets/{path.format(version=web_client().version)}")
    assert answer.status_code in (403, 404)
    if answer.status_code == 404:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert b"asset-not-found" in answer.body


def test_changed_content_changes_the_version(tmp_path: Path) -> None:
    first = WebClient(FOLDER).version
    assert WebClient(FOLDER).version == first
    shutil.copytree(FOLDER, tmp_path / "web")
    (tmp_path / "web" / "texts.js").write_text("export const texts = {};\n")
    assert WebClient(tmp_path / "web").version != first


def test_content_security_policy_is_strict(http: Client) -> None:
    policy = get(http, "/").headers["Content-Security-Policy"]
    directives = dict(one.strip().split(" ", 1) for one in policy.split(";"))
    assert directives.pop("img-src") == "'self' data:"
    assert directives.pop("require-trusted-types-for") == "'script'"
    assert directives["frame-ancestors"] == "'none'"
    assert set(directives.values()) == {"'none'", "'self'"}
    assert directives["default-src"] == "'none'"


def test_page_states_the_policy_itself(http: Client) -> None:
    policy = get(http, "/").headers["Content-Security-Policy"]
    assert policy.removesuffix("; frame-ancestors 'none'") in page(http)


def test_page_without_a_policy_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>open to all</title>")
    with pytest.raises(ValueError, match="no Content-Security-Policy"):
        _ = WebClient(tmp_path).policy


def test_page_has_no_inline_code(http: Client) -> None:
    html = page(http)
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"<style|\bstyle=|\bon\w+=", html) == []
