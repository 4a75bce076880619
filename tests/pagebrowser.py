"""What the tests of the page share: what a page holds, hostile facts, and a browser to open it in."""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from factrows import BRANDT, HALDEN, entity, row

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1360,850",
)
HOSTILE = (
    "__proto__",
    "constructor",
    "<img src=x onerror=window.pwned=1>",
    "</script><script>window.pwned=1</script>",
    "<!--<script>",
    "javascript:window.pwned=1",
    "{{ 7*7 }} ${window.pwned=1} `",
    "\u2028\u2029\x00\x1b\"'\\",
    "<a href='https://example.com'>x</a>",
    "\ud800 einsam",
    "   ",
)


def data(page: str) -> dict[str, Any]:
    """What a page holds, facts and lines as dictionaries."""
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert block
    found = json.loads(block[1])
    names = found["facts"]["relations"]
    facts = [dict(zip(found["facts"]["columns"], values, strict=True)) for values in found["facts"]["rows"]]
    for fact in facts:
        status, evidence = found["allStatuses"][fact["status"]], found["passages"][fact["text"]]
        more = {"relation": names[fact["relation"]], "status": status, "evidence": evidence, "rule": found["rules"][fact["rule"]]}
        fact |= more | {"marked": [evidence[a:b] for a, b in zip(fact["marks"][::2], fact["marks"][1::2], strict=True)]}
    tones, statuses = found["tones"], found["allStatuses"]
    lines = [{"tone": tones[tone], "status": statuses[status], "facts": own} for tone, status, own in found["lines"]]
    return found | {"facts": facts, "lines": lines}


class Tags(HTMLParser):
    """The tags and their attributes, and the addresses that a browser would load."""

    LOADS = ("src", "href", "srcset", "data", "action", "poster")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [value or "" for key, value in attrs if key in self.LOADS]
        self.handlers += [key for key, _ in attrs if key.startswith("on") or key == "style"]


def hostile() -> list[dict[str, Any]]:
    facts = [row(HALDEN, "meets", BRANDT)]
    for i, name in enumerate(HOSTILE):
        fact = row(HALDEN, "criticizes", BRANDT, f"Satz {name} Ende", name, article=f"a{i}", article_title=name, rule=name)
        fact["subject"] = fact["subject"] | {"name": name, "names": [name], "iri": f"https://example.org/{i}", "wikidata": name}
        fact["article_url"] = name
        facts.append(fact)
    return facts


def browser() -> Iterator[Any]:
    """Headless Chromium; the test is skipped without it."""
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip(f"needs {CHROMIUM} and {DRIVER}")
    webdriver = pytest.importorskip("selenium.webdriver")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
        reduced = {"features": [{"name": "prefers-reduced-motion", "value": "reduce"}]}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", reduced)
        yield driver
        driver.quit()


def said() -> list[dict[str, Any]]:
    """Two quotations, one of somebody who is in no fact, and one of nobody."""
    told = [(HALDEN, "Ich reise ab."), ("P:Nora Niemand", "Wir bleiben."), (None, "Wer auch immer.")]
    return [
        {
            "article": "halden-1", "type": "direct", "quote": [[10 * i, 10 * i + len(text)]], "text": text,
            "speaker_entity": entity(who) if who else None, "iri": f"https://example.org/statement-{i}",
            "article_date": "2031-03-04", "article_title": "Halden reist nach Orsk", "article_url": None,
        }
        for i, (who, text) in enumerate(told)
    ]  # fmt: skip


class Shown:
    """A page in the browser."""

    def __init__(self, driver: Any, path: Path, page: str, fragment: str = "") -> None:
        self.driver, self.data = driver, data(page)
        path.write_text(page, "utf-8")
        driver.get("about:blank")
        driver.get_log("browser"), driver.get_log("performance")
        driver.get(path.as_uri() + fragment)
        self.wait("return Boolean(window.polgraph)")

    def js(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def wait(self, script: str, *values: Any) -> None:
        end = time.monotonic() + 60
        while not self.js(script, *values):
            assert time.monotonic() < end, script
            time.sleep(0.05)

    def number(self, name: str) -> int:
        return [e["name"] for e in self.data["entities"]].index(name)

    def press(self, *keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def click(self, x: float, y: float) -> None:
        """Clicks a point of the network (its own coordinates) with the mouse."""
        from selenium.webdriver.common.action_chains import ActionChains

        corner = "document.querySelector('#graph canvas').getBoundingClientRect()"
        inside = "polgraph.network.canvasToDOM({x: arguments[0], y: arguments[1]})"
        spot = self.js(f"const p = {inside}, r = {corner}; return [p.x + r.x, p.y + r.y]", x, y)
        chain = ActionChains(self.driver)
        chain.w3c_actions.pointer_action.move_to_location(*map(round, spot))
        chain.w3c_actions.pointer_action.click()
        chain.perform()

    def spot(self, number: int) -> tuple[float, float]:
        place = self.js("return polgraph.network.getPosition(arguments[0])", f"n{number}")
        return place["x"], place["y"]

    @property
    def panel(self) -> str:
        return self.js("return document.getElementById('panel').innerText")

    @property
    def heading(self) -> str | None:
        return self.js("return document.querySelector('#panel h2')?.textContent ?? null")

    def hidden(self, item: str) -> bool:
        return self.js("return polgraph.hidden(arguments[0])", item)

    def set(self, id: str, value: Any) -> None:
        """Sets a slider or a list of choices, as a user would."""
        kind = "const i = document.getElementById(arguments[0]); i.value = arguments[1];"
        self.js(f"{kind} i.dispatchEvent(new Event('input')); i.dispatchEvent(new Event('change'))", id, str(value))

    def shown(self) -> set[str]:
        """The relations of the facts that are visible."""
        return {self.data["facts"][f]["relation"] for f in self.js("return polgraph.facts()")}

    @property
    def fragment(self) -> str:
        time.sleep(0.4)
        return self.js("return decodeURIComponent(location.hash)")

    def toggle(self, value: str) -> None:
        self.js("document.querySelector(`#filters input[data-value='${arguments[0]}']`).click()", value)

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
