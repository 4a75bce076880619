"""The page: what it holds, that it is the same for the same facts, and what it does in a browser."""

from __future__ import annotations

import base64
import hashlib
import html
import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from factrows import BRANDT, GIPFEL, HALDEN, row, story
from pagebrowser import HOSTILE, Tags, data, hostile, said

from kg.errors import ConfigError
from kg.page import TEMPLATES
from kg.pagefacts import FACT
from kg.view import render_html


class TestPage:
    def test_same_facts_in_any_order_same_bytes(self) -> None:
        rows = story()
        shuffled = rows[:] + rows[:3]
        random.Random(5).shuffle(shuffled)
        assert render_html(rows) == render_html(shuffled)

    def test_holds_every_fact_with_its_evidence(self) -> None:
        rows, found = story(), data(render_html(story()))
        told = {fact["evidence"] for fact in found["facts"]}
        assert told == {r["evidence"] for r in rows}
        assert len(found["facts"]) == len(rows)

    def test_marks_the_trigger_words(self) -> None:
        found = data(render_html(story()))
        marks = {text for fact in found["facts"] for text in fact["marked"]}
        assert {"nimmt", "kritisierte", "griff", "nordmärkische"} <= marks

    def test_overlapping_and_outlying_triggers_lose_no_text(self) -> None:
        fact = row(HALDEN, "meets", BRANDT, "abcdef")
        fact["triggers"] = [[98, 102], [101, 103], [105, 900], [104, 104]]
        assert data(render_html([fact]))["facts"][0]["marks"] == [0, 2, 2, 3, 5, 6]

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

    def test_columns_are_those_that_the_script_reads(self) -> None:
        script = (TEMPLATES / "model.js").read_text("utf-8")
        block = script[script.index("const facts =") : script.index("const quotes =")]
        read = sorted((int(number), key) for key, number in re.findall(r"(\w+): [^:]*?\br\[(\d+)\]", block))
        assert read == list(enumerate(FACT))

    @pytest.mark.parametrize(
        ("told", "days"),
        [
            ({"date": "2031-03-05"}, (22343, 22343)),
            ({"date": "2031-03", "begin": "2031-03-01", "end": "2031-03-31", "precision": "month"}, (22339, 22369)),
            ({"date": "2031"}, (22280, 22644)),
            ({}, (None, None)),
            ({"date": "gestern"}, (None, None)),
        ],
    )
    def test_days_of_facts(self, told: dict[str, str], days: tuple[int | None, int | None]) -> None:
        fact = data(render_html([row(HALDEN, "meets", BRANDT) | told]))["facts"][0]
        assert (fact["begin"], fact["end"]) == days

    def test_each_sentence_stands_once(self) -> None:
        rows = [row(HALDEN, relation, BRANDT, "Ein Satz für drei.") for relation in ("meets", "criticizes", "supports")]
        page = render_html(rows)
        assert page.count("Ein Satz für drei.") == 1
        assert len(data(page)["facts"]) == 3

    def test_measures_are_shares_of_the_highest(self) -> None:
        found = data(render_html(story()))
        assert set(found["measures"]) == {"pagerank", "betweenness", "closeness", "eigenvector"}
        for values in found["measures"].values():
            assert len(values) == len(found["network"]["nodes"])
            assert max(values) == 1000
            assert min(values) >= 0

    def test_who_only_is_claimed_to_act_counts_on_request(self) -> None:
        rows = [row(HALDEN, "meets", BRANDT), row(BRANDT, "meets", "P:Edda Lorenz", source="O:Amt")]
        for attributed, linked in ((False, False), (True, True)):
            found = data(render_html(rows, attributed=attributed))
            lorenz = [e["name"] for e in found["entities"]].index("Edda Lorenz")
            assert (found["measures"]["pagerank"][lorenz] > 0) is linked

    def test_communities(self) -> None:
        rows = [row(f"P:{side}{i}", "meets", f"P:{side}{j}") for side in "AB" for i in range(5) for j in range(i)]
        found = data(render_html([*rows, row("P:A0", "meets", "P:B0")]))
        groups = {e["name"]: found["groups"][i] for i, e in enumerate(found["entities"])}
        assert {groups[f"A{i}"] for i in range(5)} | {groups[f"B{i}"] for i in range(5)} == {0, 1}
        assert len({groups[f"A{i}"] for i in range(5)}) == 1

    def test_quotations_with_their_speakers(self) -> None:
        found = data(render_html(story(), statements=said()))
        assert [found["passages"][q[3]] for q in found["quotes"]["rows"]] == ["Ich reise ab.", "Wir bleiben."]
        assert {found["entities"][q[0]]["name"] for q in found["quotes"]["rows"]} == {"Mira Halden", "Nora Niemand"}

    def test_corrections_are_told(self) -> None:
        fact = row(HALDEN, "meets", BRANDT) | {"corrected": "status: planned -> asserted"}
        assert data(render_html([fact]))["facts"][0]["corrected"] == "status: planned -> asserted"

    def test_large_page_brings_no_library_and_stays_small(self) -> None:
        rows = [row(f"P:Akteur {i}", "meets", f"P:Akteur {i * 7 % 400}", f"Satz {i}.") for i in range(2000)]
        page = render_html(rows)
        assert page.count("<script") == 2
        assert len(page.encode()) < 350 * len(rows) + 100_000


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
