"""The page: what it holds, that it is the same for the same facts, and what it does in a browser."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from factrows import BRANDT, GIPFEL, HALDEN, row, story

from kg.errors import ConfigError
from kg.view import render_html

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
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert block
    return json.loads(block[1])


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


class TestPage:
    def test_same_facts_in_any_order_same_bytes(self) -> None:
        rows = story()
        shuffled = rows[:] + rows[:3]
        random.Random(5).shuffle(shuffled)
        assert render_html(rows) == render_html(shuffled)

    def test_holds_every_fact_with_its_evidence(self) -> None:
        rows, found = story(), data(render_html(story()))
        told = {"".join(text for text, _ in fact["parts"]) for fact in found["facts"]}
        assert told == {r["evidence"] for r in rows}
        assert len(found["facts"]) == len(rows)

    def test_marks_the_trigger_words(self) -> None:
        found = data(render_html(story()))
        marks = {text for fact in found["facts"] for text, hit in fact["parts"] if hit}
        assert {"nimmt", "kritisierte", "griff", "nordmärkische"} <= marks

    def test_overlapping_and_outlying_triggers_lose_no_text(self) -> None:
        fact = row(HALDEN, "meets", BRANDT, "abcdef")
        fact["triggers"] = [[98, 102], [101, 103], [105, 900], [104, 104]]
        parts = data(render_html([fact]))["facts"][0]["parts"]
        assert parts == [["ab", 1], ["c", 1], ["de", 0], ["f", 1]]

    def test_ids_are_numbers_and_ends_exist(self) -> None:
        network = data(render_html(story()))["network"]
        ids = [node["id"] for node in network["nodes"]]
        assert ids == [f"n{i}" for i in range(len(ids))]
        assert {end for edge in network["edges"] for end in (edge["from"], edge["to"])} <= set(ids)
        assert network["options"]["physics"]["enabled"] is False

    def test_facts_between_the_same_two_are_bundled_by_tone_and_status(self) -> None:
        found = data(render_html(story()))
        names = [e["name"] for e in found["entities"]]
        pair = {f"n{names.index('Nordmark')}", f"n{names.index('Südmark')}"}
        edges = [i for i, e in enumerate(found["network"]["edges"]) if {e["from"], e["to"]} == pair]
        lines = [found["lines"][i] for i in edges]
        assert sorted((line["status"], len(line["facts"])) for line in lines) == [("asserted", 3), ("possible", 1)]
        bows = {(e["smooth"]["type"], e["from"]) for e in (found["network"]["edges"][i] for i in edges)}
        assert len(bows) == 2

    def test_offices_are_no_nodes_but_facts(self) -> None:
        found = data(render_html(story()))
        drawn = [found["entities"][i]["kind"] for i in range(len(found["network"]["nodes"]))]
        assert "Office" not in drawn
        assert any(found["facts"][i]["relation"] == "holds_office" for i in range(len(found["facts"])))

    def test_symmetric_relations_have_no_tip(self) -> None:
        found = data(render_html([row(HALDEN, "meets", BRANDT), row(HALDEN, "attends", GIPFEL)]))
        tips = {found["lines"][i]["facts"][0]: edge.get("arrows") for i, edge in enumerate(found["network"]["edges"])}
        told = {found["facts"][f]["relation"]: arrows for f, arrows in tips.items()}
        assert told == {"meets": {"to": {"enabled": False}}, "attends": None}

    def test_no_name_covers_another(self) -> None:
        network = data(render_html(story()))["network"]
        spots = [(n["x"], n["y"], 3.4 * max(map(len, n["label"].split("\n")))) for n in network["nodes"]]
        for i, (x, y, half) in enumerate(spots):
            assert all(abs(x - a) > half + h or abs(y - b) > 30 for a, b, h in spots[:i])

    @pytest.mark.parametrize("lang", ["de", "en"])
    def test_language(self, lang: str) -> None:
        page = render_html(story(), lang=lang)
        wanted = {"de": ("nimmt teil an", "Person", "Kooperation"), "en": ("attends", "person", "cooperation")}[lang]
        found = data(page)
        assert found["relations"]["attends"]["label"] == wanted[0]
        assert found["kinds"][0]["label"] == wanted[1]
        assert found["texts"]["tone"]["cooperation"] == wanted[2]
        assert f'<html lang="{lang}"' in page

    def test_both_languages_have_the_same_texts(self) -> None:
        de, en = (data(render_html(story(), lang=lang))["texts"] for lang in ("de", "en"))
        assert {k: type(v) for k, v in de.items()} == {k: type(v) for k, v in en.items()}

    def test_unknown_language(self) -> None:
        with pytest.raises(ConfigError, match="xx"):
            render_html([], lang="xx")

    def test_no_facts(self) -> None:
        assert data(render_html([]))["network"]["nodes"] == []

    def test_only_web_addresses_become_links(self) -> None:
        urls = ["javascript:alert(1)", "data:text/html,x", "//x.org", "ftp://x.org", "http://[", "https://example.org/a", None]
        rows = [row(HALDEN, "meets", BRANDT, article=f"a{i}", article_url=url) for i, url in enumerate(urls)]
        assert [a["url"] for a in data(render_html(rows))["articles"]] == [None] * 5 + ["https://example.org/a", None]


class TestSafety:
    def test_policy_names_the_hash_of_each_script_and_style(self) -> None:
        page = render_html(story())
        policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1])  # type: ignore[index]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for block in re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", page, re.S):
            assert base64.b64encode(hashlib.sha256(block.encode()).digest()).decode() in policy

    @pytest.mark.parametrize("rows", [story, hostile])
    def test_nothing_to_load_and_no_handlers(self, rows: Callable[[], list[dict[str, Any]]]) -> None:
        tags = Tags(render_html(rows(), title="<b>Titel</b>"))
        assert tags.addresses == ["data:,"]
        assert tags.handlers == []
        assert tags.names.count("script") == 3
        assert "img" not in tags.names
        assert "b" not in tags.names

    def test_hostile_names_survive_as_text(self) -> None:
        page = render_html(hostile())
        names = [e["name"] for e in data(page)["entities"]]
        assert set(HOSTILE) - set(names) == {"\ud800 einsam"}  # a lone surrogate cannot be written: it becomes '?'
        page.encode("utf-8")

    def test_no_source_map_and_no_unix_path(self) -> None:
        page = render_html(story())
        assert "sourceMappingURL" not in page
        assert "site-packages" not in page


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
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


class Shown:
    """A page in the browser."""

    def __init__(self, driver: Any, path: Path, page: str) -> None:
        self.driver, self.data = driver, data(page)
        path.write_text(page, "utf-8")
        driver.get_log("browser"), driver.get_log("performance")
        driver.get(path.as_uri())
        self.wait("return Boolean(window.polgraph)")

    def js(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def wait(self, script: str, *values: Any) -> None:
        end = time.monotonic() + 10
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
        where = "edges" if item.startswith("e") else "nodes"
        return self.js(f"return Boolean(polgraph.network.body.data.{where}.get(arguments[0]).hidden)", item)

    def toggle(self, value: str) -> None:
        self.js("document.querySelector(`#filters input[data-value='${arguments[0]}']`).click()", value)

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Callable[..., Shown]:
    return lambda rows, **options: Shown(browser, tmp_path / "page.html", render_html(rows, **options))


@pytest.mark.browser
class TestBrowser:
    @pytest.mark.parametrize("rows", [story, hostile, list])
    def test_no_request_no_complaint_nothing_runs(
        self, show: Callable[..., Shown], rows: Callable[[], list[dict[str, Any]]]
    ) -> None:
        page = show(rows(), attributed=True)
        for number in range(len(page.data["entities"])):
            page.js("polgraph.choose(arguments[0])", number)
        page.js("document.querySelectorAll('#filters input').forEach((i) => { i.click(); i.click(); })")
        time.sleep(0.2)
        assert page.complaints() == []
        assert [url for url in page.requests() if not url.startswith(("file:", "data:"))] == []
        assert page.js("return window.pwned ?? null") is None
        assert page.js("return document.querySelectorAll('#panel img, #panel script, #panel iframe').length") == 0
        assert all(url.startswith("http") for url in page.js("return [...document.links].map((a) => a.href)"))

    def test_policy_stops_what_is_injected(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        page.js("const s = document.createElement('script'); s.textContent = 'window.pwned = 1'; document.body.append(s)")
        assert page.js("return window.pwned ?? null") is None
        assert any("Content Security Policy" in text for text in page.complaints())

    def test_search_by_keyboard(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        page.press("/")
        page.press("suedm", "\ue003", "\ue003", "\ue003", "\ue003", "üdm")
        page.wait("return document.querySelectorAll('#found [role=option]').length === 1")
        page.press("\ue007")
        assert page.heading == "Südmark"
        assert "Die Südmark drohte der Nordmark mit weiteren Schlägen." in page.panel
        page.press("\ue00c")
        assert page.heading is None

    def test_suggestions_by_arrow_keys_and_other_names(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        page.press("/", "außenministerin ha")
        page.wait("return document.querySelectorAll('#found [role=option]').length === 1")
        assert page.js("return document.querySelector('#found [role=option]').dataset.number") == str(page.number("Mira Halden"))
        page.js("document.getElementById('search').value = ''")
        page.press("or")
        page.wait("return document.querySelectorAll('#found [role=option]').length > 1")
        second = page.js("return document.querySelectorAll('#found [role=option]')[1].firstChild.textContent")
        page.press("\ue015", "\ue007")
        assert page.heading == second

    def test_search_shows_what_a_filter_hid(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        topic = page.number("Friedensplan von Orsk")
        assert page.hidden(f"n{topic}")
        page.press("/", "friedensplan", "\ue007")
        assert page.heading == "Friedensplan von Orsk"
        assert not page.hidden(f"n{topic}")

    def test_click_on_a_node_shows_its_evidence(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        page.click(*page.spot(page.number("Mira Halden")))
        page.wait("return document.querySelector('#panel h2')?.textContent === 'Mira Halden'")
        evidence = ("Halden kritisierte Brandt scharf.", "Halden reist nach Orsk", "2031-03-05", "ausgesagt", "frame:test", "0,9")
        for text in (*evidence, "Orsk", "Abzug der Truppen", "Außenministerin (Nordmark)"):
            assert text in page.panel
        assert "kritisierte" in page.js("return [...document.querySelectorAll('#panel mark')].map((m) => m.textContent)")

    def test_click_on_a_line_shows_its_facts_only(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        a, b = page.spot(page.number("Südmark")), page.spot(page.number("Tahlen"))
        page.click(a[0] * 0.35 + b[0] * 0.65, a[1] * 0.35 + b[1] * 0.65)
        page.wait("return document.querySelector('#panel h2')?.textContent === 'Südmark – Tahlen'")
        assert page.js("return document.querySelectorAll('#panel .card').length") == 1
        assert "Die Südmark verlegte zwei Brigaden nach Tahlen." in page.panel

    def test_filters(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        lines = page.data["lines"]
        planned = next(f"e{i}" for i, line in enumerate(lines) if line["status"] == "planned")
        conflict = next(f"e{i}" for i, line in enumerate(lines) if line["tone"] == "conflict")
        summit = f"n{page.number('Gipfel von Orsk')}"
        for value, item in (
            ("planned", planned),
            ("conflict", conflict),
            ("Event", summit),
            ("deploys_to", self.of(page, "deploys_to")),
        ):
            assert not page.hidden(item)
            page.toggle(value)
            assert page.hidden(item)
            page.toggle(value)
            assert not page.hidden(item)

    @staticmethod
    def of(page: Shown, relation: str) -> str:
        told = [page.data["facts"][line["facts"][0]]["relation"] for line in page.data["lines"]]
        return f"e{told.index(relation)}"

    def test_claims_only_on_request(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        line = self.of(page, "negotiates_with")
        assert page.hidden(line)
        page.js("document.getElementById('claims').click()")
        assert not page.hidden(line)
        assert not show(story(), attributed=True).hidden(line)

    def test_confidence(self, show: Callable[..., Shown]) -> None:
        page = show([row(HALDEN, "meets", BRANDT, confidence=0.3), row(HALDEN, "attends", GIPFEL, confidence=0.8)])
        page.js("const s = document.getElementById('confidence'); s.value = 0.5; s.dispatchEvent(new Event('input'))")
        assert page.hidden(self.of(page, "meets"))
        assert not page.hidden(self.of(page, "attends"))

    def test_tab_reaches_search_filters_graph_and_list(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        seen = set()
        for _ in range(60):
            page.press("\ue004")
            place = "document.activeElement.closest('.search, .tools, #filters, #graph, #panel')"
            seen.add(page.js(f"return {place}?.id || {place}?.className"))
        assert {"search", "tools", "filters", "graph", "panel"} <= seen

    def test_theme_and_narrow_screen(self, show: Callable[..., Shown], browser: Any) -> None:
        page = show(story())
        light = page.js("return getComputedStyle(document.body).backgroundColor")
        page.js("document.getElementById('theme').click()")
        assert page.js("return getComputedStyle(document.body).backgroundColor") != light
        phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        try:
            page = show(story())
            assert page.js("return document.documentElement.scrollWidth") <= 390
            assert page.js("return getComputedStyle(document.getElementById('panel')).display") == "none"
            page.js("polgraph.choose(arguments[0])", page.number("Mira Halden"))
            assert page.js("return document.getElementById('panel').getBoundingClientRect().top") > 300
            page.js("document.getElementById('menu').click()")
            assert page.js("return document.getElementById('filters').getBoundingClientRect().right") <= 390
        finally:
            browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def test_large_network_is_usable(self, show: Callable[..., Shown]) -> None:
        rows = [row(f"P:Akteur {i}", "meets", f"P:Akteur {i * 7 % 1500}") for i in range(1500)]
        rows += [row(f"P:Akteur {i}", "criticizes", f"P:Akteur {i // 2}") for i in range(1500)]
        page = show(rows)
        start = time.monotonic()
        page.press("/", "Akteur 777", "\ue007")
        assert page.heading == "Akteur 777"
        assert time.monotonic() - start < 5
        assert page.complaints() == []
