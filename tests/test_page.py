"""The page in a browser: by mouse and by keyboard, small and large, with what is hostile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from factrows import BRANDT, GIPFEL, HALDEN, row, story
from pagebrowser import Shown, browser, hostile, said

from kg.view import render_html


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    yield from browser()


@pytest.fixture
def show(chromium: Any, tmp_path: Path) -> Callable[..., Shown]:
    def opened(rows: list[dict[str, Any]], fragment: str = "", **options: Any) -> Shown:
        return Shown(chromium, tmp_path / "page.html", render_html(rows, **options), fragment)

    return opened


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
        page.set("source", "all")
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

    def test_theme_and_narrow_screen(self, show: Callable[..., Shown], chromium: Any) -> None:
        page = show(story())
        light = page.js("return getComputedStyle(document.body).backgroundColor")
        page.js("document.getElementById('theme').click()")
        assert page.js("return getComputedStyle(document.body).backgroundColor") != light
        phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
        try:
            page = show(story())
            assert page.js("return document.documentElement.scrollWidth") <= 390
            assert page.js("return getComputedStyle(document.getElementById('panel')).display") == "none"
            page.js("polgraph.choose(arguments[0])", page.number("Mira Halden"))
            assert page.js("return document.getElementById('panel').getBoundingClientRect().top") > 300
            page.js("document.getElementById('menu').click()")
            assert page.js("return document.getElementById('filters').getBoundingClientRect().right") <= 390
        finally:
            chromium.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

    def test_large_network_is_usable(self, show: Callable[..., Shown]) -> None:
        rows = [row(f"P:Akteur {i}", "meets", f"P:Akteur {i * 7 % 1500}") for i in range(1500)]
        rows += [row(f"P:Akteur {i}", "criticizes", f"P:Akteur {i // 2}") for i in range(1500)]
        page = show(rows)
        start = time.monotonic()
        page.press("/", "Akteur 777", "\ue007")
        assert page.heading == "Akteur 777"
        assert time.monotonic() - start < 5
        assert page.complaints() == []

    @pytest.mark.parametrize("count", [8, 200])
    def test_zoom_drag_hover_and_click_in_small_and_large(self, show: Callable[..., Shown], count: int) -> None:
        page = show([row("P:Mitte", "meets", f"P:Akteur {i}") for i in range(count)])
        middle = page.number("Mitte")
        before = page.js("return polgraph.network.getScale()")
        page.js("document.getElementById('graph').focus()")
        page.js(
            "const n = polgraph.network; n.moveTo({position: n.getPosition(arguments[0]), scale: n.getScale()})", f"n{middle}"
        )
        page.press("+", "+", "+")
        assert page.js("return polgraph.network.getScale()") > before * 1.5
        page.click(*page.spot(middle))
        page.wait("return document.querySelector('#panel h2')?.textContent === 'Mitte'")
        assert page.complaints() == []


def dated() -> list[dict[str, Any]]:
    return [
        row(HALDEN, "meets", BRANDT, date="2031-01-10", article_date="2031-06-01"),
        row(HALDEN, "criticizes", BRANDT, date="2031-03-10", article_date="2031-06-01"),
        row(HALDEN, "supports", BRANDT, date="2031-05-10", article_date="2031-06-01"),
        row(HALDEN, "attends", GIPFEL, article_date="2031-02-01"),
    ]


@pytest.mark.browser
class TestTime:
    def test_window(self, show: Callable[..., Shown]) -> None:
        page = show(dated())
        assert page.shown() == {"meets", "criticizes", "supports", "attends"}
        page.set("from", 1)  # 2031-02-01
        assert page.shown() == {"criticizes", "supports", "attends"}
        page.set("until", 2)  # 2031-03-10
        assert page.shown() == {"criticizes", "attends"}
        assert "2031-02-01 – 2031-03-10" in page.js("return document.getElementById('window').textContent")
        assert page.js("return document.getElementById('until').getAttribute('aria-valuetext')") == "2031-03-10"

    def test_undated_on_choice(self, show: Callable[..., Shown]) -> None:
        page = show(dated())
        page.set("until", 0)
        assert page.shown() == {"meets"}
        page.set("undated", "always")
        assert page.shown() == {"meets", "attends"}
        page.set("until", 99)
        page.set("undated", "never")
        assert page.shown() == {"meets", "criticizes", "supports"}

    def test_keyboard(self, show: Callable[..., Shown]) -> None:
        page = show(dated())
        page.js("document.getElementById('from').focus()")
        page.press("\ue014")
        assert page.shown() == {"criticizes", "supports", "attends"}

    def test_play_ends_with_everything(self, show: Callable[..., Shown]) -> None:
        page = show(dated())
        page.js("document.getElementById('play').click()")
        assert page.shown() == {"meets"}
        page.wait("return document.getElementById('play').getAttribute('aria-pressed') === 'false'")
        assert page.shown() == {"meets", "criticizes", "supports", "attends"}
        assert "4 Fakten" in page.js("return document.getElementById('live').textContent")

    def test_no_slider_without_times(self, show: Callable[..., Shown]) -> None:
        assert page_hidden(show([row(HALDEN, "meets", BRANDT)]), "time")


def page_hidden(page: Shown, id: str) -> bool:
    return page.js("return document.getElementById(arguments[0]).hidden", id)


CHAIN = [row(f"P:A{i}", "meets", f"P:A{i + 1}", f"A{i} traf A{i + 1}.") for i in range(5)]


@pytest.mark.browser
class TestPath:
    def test_by_keyboard(self, show: Callable[..., Shown]) -> None:
        page = show([*CHAIN, row("P:Fern", "meets", "P:Ferner")])
        page.press("/", "A0", "\ue007")
        page.js("document.querySelector('#panel .path').focus()")
        page.press("\ue007", "A3", "\ue007")
        assert page.heading == "A0 → A3"
        for i in range(3):
            assert f"A{i} traf A{i + 1}." in page.panel
        assert "A3 traf A4." not in page.panel
        assert "3 Schritte" in page.js("return document.getElementById('live').textContent")

    def test_by_mouse(self, show: Callable[..., Shown]) -> None:
        page = show(CHAIN)
        page.click(*page.spot(page.number("A1")))
        page.wait("return document.querySelector('#panel .path') !== null")
        page.js("document.querySelector('#panel .path').click()")
        assert not page_hidden(page, "aim")
        page.click(*page.spot(page.number("A4")))
        page.wait("return document.querySelector('#panel h2')?.textContent === 'A1 → A4'")
        assert page_hidden(page, "aim")

    def test_none_and_given_up(self, show: Callable[..., Shown]) -> None:
        page = show([*CHAIN, row("P:Fern", "meets", "P:Ferner")])
        page.js("polgraph.path(arguments[0], arguments[1])", page.number("A0"), page.number("Fern"))
        assert "kein Weg" in page.panel
        page.js("polgraph.choose(arguments[0])", page.number("A0"))
        page.js("document.querySelector('#panel .path').click()")
        page.press("\ue00c")
        page.js("polgraph.choose(arguments[0])", page.number("A1"))
        assert page.heading == "A1"

    def test_prefers_what_is_visible(self, show: Callable[..., Shown]) -> None:
        page = show([*CHAIN, row("P:A0", "criticizes", "P:A4")])
        page.js("polgraph.path(arguments[0], arguments[1])", page.number("A0"), page.number("A4"))
        assert "1 Schritte" in page.panel
        page.toggle("conflict")
        assert "4 Schritte" in page.panel


@pytest.mark.browser
class TestAddress:
    def test_state_comes_back(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        assert page.fragment == ""
        page.toggle("conflict")
        page.toggle("CONSULT")
        page.set("source", "all")
        page.set("confidence", 0.4)
        page.set("size", "betweenness")
        page.set("color", "community")
        page.set("from", 1)
        page.js("polgraph.choose(arguments[0])", page.number("Mira Halden"))
        told, seen = page.fragment, page.shown()
        again = show(story(), told)
        assert again.shown() == seen
        assert again.heading == "Mira Halden"
        assert again.fragment == told
        assert again.js("return ['size', 'color', 'confidence', 'from'].map((id) => document.getElementById(id).value)") == [
            "betweenness", "community", "0.4", "1",
        ]  # fmt: skip

    def test_path_and_table(self, show: Callable[..., Shown]) -> None:
        page = show(CHAIN)
        page.js("polgraph.path(arguments[0], arguments[1])", page.number("A0"), page.number("A2"))
        page.js("document.getElementById('view').click()")
        again = show(CHAIN, page.fragment)
        assert again.heading == "A0 → A2"
        assert not page_hidden(again, "table")

    @pytest.mark.parametrize(
        "fragment",
        [
            "#<img src=x onerror=window.pwned=1>",
            "#node=__proto__&line=constructor|x|y|z&path=a|b|c",
            "#kinds=-__proto__,<script>,constructor&relations=toString&types=-&status=-<b>",
            "#size=__proto__&color=constructor&source=%3D__proto__&undated=toString",
            "#confidence=Infinity&from=99999-99-99&until=-1&from=2031-99-99",
            "#%E0%A4%A&%00=%00&node=%ud800",
            "#" + "a=b&" * 20_000,
            "#source=javascript:window.pwned=1",
        ],
    )
    def test_hostile(self, show: Callable[..., Shown], fragment: str) -> None:
        page = show(story(), fragment)
        assert page.complaints() == []
        assert page.js("return window.pwned ?? null") is None
        assert page.shown() == show(story()).shown()
        assert page.heading is None

    def test_follows_the_address(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        page.js("location.hash = '#tones=-conflict'")
        page.wait("return !document.querySelector(\"#tones input[data-value='conflict']\").checked")
        assert "attacks" not in page.shown()


@pytest.mark.browser
class TestFiltersAndLooks:
    def test_one_source(self, show: Callable[..., Shown]) -> None:
        rows = [
            row(HALDEN, "meets", BRANDT),
            row(HALDEN, "criticizes", BRANDT, source="O:Amt"),
            row(HALDEN, "supports", BRANDT, source="O:Rat"),
        ]
        page = show(rows)
        assert page.shown() == {"meets"}
        page.set("source", page.number("Rat"))
        assert page.shown() == {"supports"}
        page.set("source", "all")
        assert page.shown() == {"meets", "criticizes", "supports"}

    def test_event_types(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        page.toggle("ASSAULT")
        assert "attacks" not in page.shown()
        page.js("document.getElementById('reset').click()")
        assert "attacks" in page.shown()

    def test_size_by_measure(self, show: Callable[..., Shown]) -> None:
        page = show([row(f"P:A{i}", "meets", "P:Mitte") for i in range(6)])
        size = "return polgraph.network.body.data.nodes.get(`n${arguments[0]}`).size"
        page.set("size", "betweenness")
        assert page.js(size, page.number("Mitte")) > 2 * page.js(size, page.number("A1"))
        page.set("size", "same")
        assert page.js(size, page.number("Mitte")) == page.js(size, page.number("A1"))

    def test_color_by_community(self, show: Callable[..., Shown]) -> None:
        rows = [row(f"P:{side}{i}", "meets", f"P:{side}{j}") for side in "AB" for i in range(5) for j in range(i)]
        page = show(rows)
        color = "return polgraph.network.body.data.nodes.get(`n${arguments[0]}`).color.background"
        assert page.js(color, page.number("A0")) == page.js(color, page.number("B0"))
        page.set("color", "community")
        assert page.js(color, page.number("A0")) == page.js(color, page.number("A4"))
        assert page.js(color, page.number("A0")) != page.js(color, page.number("B0"))

    def test_offices_and_quotations_in_the_panel(self, show: Callable[..., Shown]) -> None:
        page = show(story(), statements=said())
        page.js("polgraph.choose(arguments[0])", page.number("Mira Halden"))
        assert "Ich reise ab." in page.panel
        assert "Außenministerin (Nordmark)" in page.js("return document.querySelector('#panel ul.top').innerText")
        page.press("/", "niemand", "\ue007")
        assert page.heading == "Nora Niemand"
        assert "Wir bleiben." in page.panel


@pytest.mark.browser
class TestAccess:
    def test_everything_has_a_name(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        script = """return [...document.querySelectorAll('button, input, select, [role]:not([role=status])')]
            .filter((e) => e.offsetParent !== null)
            .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim()
                || e.closest('label')?.textContent.trim() || e.getAttribute('aria-labelledby'))).map((e) => e.outerHTML)"""
        assert page.js(script) == []
        assert page.js(
            "const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); return ids.length === new Set(ids).size"
        )

    def test_table_holds_what_filters_show(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        page.js("document.getElementById('view').click()")
        rows = "return [...document.querySelectorAll('#table tbody tr')].map((r) => r.innerText)"
        told = page.js(rows)
        assert len(told) == sum(f["source"] is None for f in story())
        assert any("Südmark" in r and "greift an" in r and "2031-03-02" in r for r in told)
        page.toggle("conflict")
        assert len(page.js(rows)) < len(told)
        page.js("document.getElementById('view').click()")
        assert page_hidden(page, "table")

    def test_arrow_keys_walk_along_lines(self, show: Callable[..., Shown]) -> None:
        page = show(CHAIN)
        page.js("polgraph.choose(arguments[0]); document.getElementById('graph').focus()", page.number("A2"))
        way = [page.spot(page.number(n)) for n in ("A2", "A3")]
        across, down = way[1][0] - way[0][0], way[1][1] - way[0][1]
        key = ("\ue014" if across > 0 else "\ue012") if abs(across) > abs(down) else ("\ue015" if down > 0 else "\ue013")
        page.press(key)
        assert page.heading == "A3"
        assert page.js("return document.getElementById('live').textContent").startswith("A3")

    def test_changes_are_told(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        page.toggle("conflict")
        assert "Fakten" in page.js("return document.getElementById('live').textContent")


@pytest.mark.browser
class TestPictures:
    @pytest.mark.parametrize("rows", [story, hostile])
    def test_svg_is_xml_without_scripts(self, show: Callable[..., Shown], rows: Callable[[], list[dict[str, Any]]]) -> None:
        from xml.etree import ElementTree

        page = show(rows(), attributed=True)
        root = ElementTree.fromstring(page.js("return polgraph.svg()"))
        tags = {e.tag.rpartition("}")[2] for e in root.iter()}
        assert tags <= {"svg", "title", "rect", "path", "text"}
        assert "Mira Halden" in " ".join("".join(e.itertext()) for e in root.iter() if e.tag.endswith("text"))
        assert not any(key.startswith("on") or "href" in key for e in root.iter() for key in e.attrib)

    def test_files_are_offered(self, show: Callable[..., Shown]) -> None:
        page = show(story())
        page.js("window.saved = []; HTMLAnchorElement.prototype.click = function () { window.saved.push([this.download]) }")
        page.js("document.getElementById('png').click(); document.getElementById('svg').click()")
        page.wait("return window.saved.length === 2")
        assert sorted(page.js("return window.saved.map((s) => s[0])")) == ["polgraph.png", "polgraph.svg"]
        assert page.complaints() == []
