"""From a box that nobody owns to a shop with people: the printed link, passwords, a code, a colleague, a lost phone."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import listen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
CONFIG = """
data = "data"
[web]
port = {port}
[shop]
code = "LANE01"
name_zh = "巷口小店"
name_en = "Corner Lane"
[[booth]]
id = "1"
"""
PASSWORD, OTHER = "drip drip drip 7", "another fine one"
REFUSED = re.compile(r"status of (401|403|409|410|429)")
"""What Chromium itself logs of an answer that is a no."""


class Shop:
    """A box nobody owns yet, as `paybooth run` starts it."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.config = folder / "shop.toml"
        self.config.write_text(CONFIG.format(port=port), "utf-8")
        command = [sys.executable, "-m", "paybooth", "run", "--config", str(self.config)]
        self.box = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.box.stdout is not None
        self.link = next(line.strip() for line in self.box.stdout if "#link=" in line)

    def end(self) -> None:
        self.box.terminate()
        self.box.wait(20)
        assert self.box.stdout is not None
        self.box.stdout.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.end()


def browser(chromium: Browser, said: list[str]) -> Page:
    page = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB").new_page()
    listen(page, said)
    return page


def type_in(page: Page, **fields: str) -> None:
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)


def sign_in(page: Page, name: str, password: str) -> None:
    type_in(page, Name=name, Password=password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_owner_a_colleague_and_a_code(chromium: Browser, shop: Shop, said: list[str]):
    page = browser(chromium, said)
    page.goto(shop.link)
    expect(page.get_by_role("heading", name="This shop is yours")).to_be_visible()
    assert "#link" not in page.url
    own = {"Your_name,_as_it_will_stand_in_the_books": "Amy", "New_password": PASSWORD}
    type_in(page, **own, The_same_once_more="not the same")
    page.get_by_role("button", name="Keep it and sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The two are not the same")
    type_in(page, The_same_once_more=PASSWORD)
    page.get_by_role("button", name="Keep it and sign in").click()
    page.get_by_role("link", name="People").click()
    expect(page.get_by_role("heading", name="One person works here.")).to_be_visible()

    type_in(page, Name="Bo", **{"Reason_(goes_into_the_journal)": "hired"})
    page.get_by_role("combobox", name="Role").select_option("auditor")
    page.get_by_role("button", name="Add and make a link").click()
    address = page.locator(".invite code").inner_text()
    expect(page.locator(".invite")).to_contain_text("PIN for the keypad at the entry")

    colleague = browser(chromium, said)
    colleague.goto(address)
    expect(colleague.get_by_role("heading", name="Welcome, Bo")).to_be_visible()
    type_in(colleague, New_password=OTHER, The_same_once_more=OTHER)
    colleague.get_by_role("button", name="Keep it and sign in").click()
    colleague.get_by_role("link", name="People").click()
    expect(colleague.get_by_role("heading", name="2 people work here.")).to_be_visible()
    expect(colleague.get_by_role("button", name="Remove")).to_have_count(0)
    colleague.goto(address)
    expect(colleague.get_by_role("heading", name="This link is over")).to_be_visible()

    page.get_by_role("link", name="Amy").click()
    page.get_by_role("button", name="Turn it on").click()
    app = pyotp.TOTP(page.locator(".fields code").inner_text().replace(" ", ""))
    type_in(page, Code=app.now())
    page.get_by_role("button", name="It works, turn it on").click()
    expect(page.get_by_text("On: signing in asks for a code.")).to_be_visible()
    page.get_by_role("button", name="Somebody else").click()
    sign_in(page, "Amy", PASSWORD)
    expect(page.get_by_role("heading", name="Now the code")).to_be_visible()
    type_in(page, Code=app.at(int(page.evaluate("Date.now() / 1000")) + 30))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="People").click()

    colleague.get_by_role("button", name="Sign in with a password").click()
    colleague.get_by_role("link", name="People").click()
    expect(colleague.get_by_role("heading", name="2 people work here.")).to_be_visible()
    row = page.locator(".people li", has_text="Bo")
    row.get_by_role("button", name="Remove").click()
    row.get_by_label("Reason (goes into the journal)").fill("left")
    row.get_by_role("button", name="Remove").last.click()
    expect(page.get_by_role("heading", name="One person works here.")).to_be_visible()
    colleague.reload()
    expect(colleague.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(colleague, "Bo", OTHER)
    expect(colleague.get_by_role("alert")).to_have_text("Name, password or code is wrong")
    page.context.close()
    colleague.context.close()
    said[:] = [text for text in said if not REFUSED.search(text)]
    assert not said


def test_a_sensitive_act_asks_again_and_then_goes_on(chromium: Browser, shop: Shop, said: list[str]):
    page = browser(chromium, said)
    page.goto(shop.link)
    own = {"Your_name,_as_it_will_stand_in_the_books": "Amy", "New_password": PASSWORD}
    type_in(page, **own, The_same_once_more=PASSWORD)
    page.get_by_role("button", name="Keep it and sign in").click()
    page.get_by_role("link", name="People").click()
    type_in(page, Name="Bo", **{"Reason_(goes_into_the_journal)": "hired"})
    asked = []
    page.route("**/api/users", lambda route: asked.append(1) or _as_if_stale(route, asked))
    page.get_by_role("button", name="Add and make a link").click()
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    page.keyboard.type("not this one")
    page.keyboard.press("Enter")
    expect(page.locator("dialog").get_by_role("alert")).to_have_text("Name, password or code is wrong")
    page.locator("dialog").get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".invite code")).to_contain_text("#link=")
    page.context.close()
    said[:] = [text for text in said if not REFUSED.search(text)]
    assert not said


def _as_if_stale(route, asked) -> None:
    """The box's own answer after five minutes, which nobody waits for here."""
    if route.request.method == "POST" and len(asked) == 1:
        body = {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "prove again", "confirm": True}
        route.fulfill(status=403, json=body, content_type="application/problem+json")
    else:
        route.continue_()


def test_a_passkey_signs_in_and_proves_again(chromium: Browser, shop: Shop, said: list[str]):
    """With Chromium's own virtual authenticator: a phone with a fingerprint, over the real protocol."""
    base = shop.base.replace("127.0.0.1", "localhost")  # a number has no passkeys
    page = browser(chromium, said)
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    phone = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": phone})
    page.goto(shop.link.replace("127.0.0.1", "localhost"))
    own = {"Your_name,_as_it_will_stand_in_the_books": "Amy", "New_password": PASSWORD}
    type_in(page, **own, The_same_once_more=PASSWORD)
    page.get_by_role("button", name="Keep it and sign in").click()
    expect(page.locator(".bar .own")).to_contain_text("Amy")
    page.goto(f"{base}/console/me")
    page.get_by_label("What to call it, such as your phone").fill("Amy's phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator(".keys li b")).to_have_text("Amy's phone")
    page.get_by_role("button", name="Somebody else").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".bar .own")).to_contain_text("Amy")

    asked = []
    page.route("**/api/me/passkeys/options", lambda route: asked.append(1) or _as_if_stale(route, asked))
    page.goto(f"{base}/console/me")
    page.get_by_label("What to call it, such as your phone").fill("Another")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Is it still you?")).to_be_visible()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".keys li")).to_have_count(0)
    page.context.close()
    said[:] = [text for text in said if not REFUSED.search(text)]
    assert not said


def test_without_a_box_the_page_says_so_and_tries_again(chromium: Browser, shop: Shop, said: list[str]):
    page = browser(chromium, said)
    page.route("**/api/session", lambda route: route.abort())
    page.goto(f"{shop.base}/console/incidents/")
    expect(page.get_by_role("heading", name="The shop does not answer")).to_be_visible()
    page.unroute("**/api/session")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.context.close()
