"""The public pages, without scripts: from the career page over a posting to the web client."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import expect
from pymongo.database import Database

from chalicelib.common.ids import new_id
from chalicelib.recruiting.employers.repository import EmployerRepository
from tests.browser.conftest import OpenBrowser
from tests.browser.steps import Publish
from tests.support.deployment import Deployment

NAME = "<script>window.ran = 1</script> & \u05d4\u05e0\u05de\u05dc"
TITLE = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
DESCRIPTION = f"{NAME}\n\nWhat you will do\n\n- {TITLE * 2}\n- \u05d1\u05d5\u05e0\u05d9\u05dd."


def test_pages_work_without_scripts_and_lead_into_the_client(
    open_browser: OpenBrowser,
    deployed: Deployment,
    database: Database[dict[str, Any]],
    publish: Publish,
) -> None:
    slug = f"yard-{new_id()}"
    made = EmployerRepository(database).create(slug, NAME, DESCRIPTION, new_id())
    fields = {"employer": NAME, "employer_id": made.id, "employer_slug": slug}
    posting = publish(TITLE, description=DESCRIPTION, **fields)
    closed = publish("Closed", closes_at=datetime.now(UTC), **fields)
    browser = open_browser(at=None, java_script_enabled=False)
    page = browser.page
    # axe needs scripts; the page's policy allows none of its own.
    inspected = open_browser(at=None)
    for session in (browser, inspected):
        session.monitor.expect_failure("/jobs/", "status of 410")
        session.monitor.expect_failure("/jobs/", "status of 404")

    def inspect(name: str) -> None:
        inspected.page.goto(page.url)
        inspected.inspect(name)

    page.goto(f"{deployed.api}/jobs/{slug}")
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    inspect("public-career")
    page.get_by_role("link", name=TITLE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    assert page.url == f"{deployed.api}/jobs/{slug}/{posting}"
    expect(
        page.get_by_role("listitem").filter(has_text="\u05d1\u05d5\u05e0\u05d9\u05dd.")
    ).to_be_visible()
    inspect("public-posting")
    page.goto(f"{deployed.api}/jobs/another/{posting}")
    assert page.url == f"{deployed.api}/jobs/{slug}/{posting}"
    apply = page.get_by_role("link", name="Apply", exact=True).get_attribute("href")

    for address, title in ((closed, "This posting is closed"), ("-", "There is no page")):
        page.goto(f"{deployed.api}/jobs/{slug}/{address}")
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)
        inspect(f"public-{title.split()[-1]}")

    # API Gateway knows these addresses, too.
    for path in (f"feeds/{slug}.xml", f"feeds/{slug}.atom", "sitemap.xml", "robots.txt"):
        answer = browser.context.request.get(f"{deployed.api}/{path}")
        assert answer.status == 200, path
        assert f"{deployed.api}/" in answer.text()

    client = open_browser(at=None, permissions=["clipboard-read", "clipboard-write"])
    client.page.goto(str(apply))
    expect(client.page.get_by_label("E-mail address")).to_be_visible()
    client.page.get_by_role("link", name="Back to the posting").click()
    client.page.get_by_role("button", name="Copy link").click()
    expect(client.page.get_by_text("The link is copied.")).to_be_visible()
    copied = client.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{deployed.api}/jobs/{slug}/{posting}"
