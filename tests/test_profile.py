"""Profiles and timelines from fact rows, and the commands that print them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from factrows import BRANDT, GIPFEL, HALDEN, row, story
from pagebrowser import said

from kg.profile import People, fold, sentence, told_time
from kg.timeline import timeline


def one(people: People, text: str) -> Any:
    (found,) = people.find(text)
    return found


class TestFinding:
    @pytest.mark.parametrize(
        "text", ["Mira Halden", "mira HALDEN", "Halden", "https://w3id.org/polgraph/id/person/Mira Halden", "mira"]
    )
    def test_by_name_part_or_iri(self, text: str) -> None:
        assert one(People(story()), text).name == "Mira Halden"

    def test_accents_and_wikidata(self) -> None:
        fact = row("P:Zoé Çelik|Zoé", "meets", BRANDT)
        fact["subject"]["wikidata"] = "Q42"
        people = People([fact])
        assert one(people, "zoe celik").name == one(people, "Q42").name == "Zoé Çelik"

    def test_the_very_name_comes_before_parts_of_names(self) -> None:
        people = People([row("L:Orsk", "criticizes", "E:Gipfel von Orsk"), row("O:Rat von Orsk", "meets", BRANDT)])
        assert [c.name for c in people.find("Orsk")] == ["Orsk"]
        assert {c.name for c in people.find("von")} == {"Gipfel von Orsk", "Rat von Orsk"}

    def test_most_facts_first(self) -> None:
        people = People([row("P:A Weber", "meets", BRANDT), row("P:B Weber", "meets", BRANDT), row("P:B Weber", "meets", HALDEN)])
        assert [(c.name, c.facts) for c in people.find("Weber")] == [("B Weber", 2), ("A Weber", 1)]

    def test_unknown_suggests_near(self) -> None:
        people = People(story())
        assert people.find("Mira Halder") == []
        assert people.near("Mira Halder")[0] == "Mira Halden"
        assert people.near("xyzxyz") == []

    @pytest.mark.parametrize("text", ["", "  ", "!!!", "\x00"])
    def test_nothing_fits_nobody(self, text: str) -> None:
        assert People(story()).find(text) == []

    def test_fold(self) -> None:
        assert fold("  Große-Müller, Élodie! ") == "grosse muller elodie"


class TestProfile:
    def profile(self, name: str, facts: list[dict[str, Any]]) -> Any:
        people = People(facts, said())
        return people.profile(one(people, name))

    def test_parts(self) -> None:
        found = self.profile("Mira Halden", story())
        assert [o.name for o in found.offices] == ["Außenministerin (Nordmark)"]
        assert {f["relation"] for f in found.facts} == {"attends", "affiliated_with", "meets", "criticizes", "demands"}
        assert [q["text"] for q in found.quotations] == ["Ich reise ab."]
        assert len(self.profile("Büro des Präsidenten", story()).claims) == 1
        assert [f["relation"] for f in self.profile("Orsk", story()).here] == ["attends"]

    def test_facts_by_time_undated_on_the_articles_day(self) -> None:
        facts = [
            row(HALDEN, "meets", BRANDT, date="2031-05-01"),
            row(HALDEN, "supports", BRANDT, article_date="2031-03-01"),
            row(HALDEN, "criticizes", BRANDT, date="2030"),
        ]
        found = self.profile("Mira Halden", facts)
        assert [f["relation"] for f in found.facts] == ["criticizes", "supports", "meets"]
        assert [told_time(f) for f in found.facts] == ["2030", "(2031-03-01)", "2031-05-01"]

    def test_offices_span_their_facts(self) -> None:
        facts = [
            row(HALDEN, "holds_office", "A:Ministerin", "a", article_date="2031-02-01"),
            row(HALDEN, "holds_office", "A:Ministerin", "b", status="ended", date="2031-09-01"),
            row(BRANDT, "holds_office", "A:Ministerin", "c", date="2040-01-01"),
        ]
        (office,) = self.profile("Mira Halden", facts).offices
        assert (office.begin, office.end, office.statuses) == ("2031-02-01", "2031-09-01", ("asserted", "ended"))

    def test_one_office_in_two_articles_is_one(self) -> None:
        facts = [row(HALDEN, "holds_office", "A:Ministerin", text, article=text) for text in "ab"]
        facts[1]["object"] = facts[1]["object"] | {"iri": "https://example.org/b/Ministerin"}
        (office,) = self.profile("Mira Halden", facts).offices
        assert len(office.facts) == 2

    def test_record_is_json(self) -> None:
        record = self.profile("Mira Halden", story()).record()
        assert json.loads(json.dumps(record))["offices"][0]["office"] == "Außenministerin (Nordmark)"

    def test_html_escapes(self) -> None:
        evil = "<script>alert(1)</script>"
        fact = row(f"P:{evil}", "meets", BRANDT, evil, source=f"O:{evil}", place=f"L:{evil}", article_title=evil)
        people = People([fact, row(f"P:{evil}", "holds_office", f"A:{evil}")])
        found = people.profile(people.known[fact["subject"]["iri"]])
        for html in (found._repr_html_(), timeline([fact], undated=True)._repr_html_()):
            assert "<script" not in html
            assert "&lt;script&gt;" in html

    def test_missing_ends(self) -> None:
        assert sentence(row(None, "attacks", BRANDT)) == "? attacks Jonas Brandt"
        assert sentence(row("P:Arne Voss", "dies", None)) == "Arne Voss dies"


class TestTimeline:
    def relations(self, **wanted: Any) -> list[str]:
        return [f["relation"] for f in timeline(story(), **wanted).facts]

    def test_dated_in_order(self) -> None:
        found = timeline(story())
        days = [f["date"] for f in found.facts]
        assert days == ["2031-03-01", "2031-03", "2031-03-02", *["2031-03-05"] * 4]
        assert found.undated == len(story()) - len(days)
        assert timeline(story(), undated=True).undated == 0

    def test_period_touches(self) -> None:
        assert self.relations(begin=date(2031, 3, 3), end=date(2031, 3, 4)) == ["aids"]  # 'March'
        assert self.relations(end=date(2031, 2, 28)) == []
        assert "attacks" in self.relations(begin=date(2031, 3, 2), end=date(2031, 3, 2))

    def test_event_type_relation_or_name(self) -> None:
        assert set(self.relations(events=["ASSAULT"])) == {"attacks"}
        assert self.relations(events=["attacks"]) == ["attacks"]
        assert set(self.relations(events=["gipfel von orsk"])) == {"attends", "located_in"}
        assert self.relations(events=["Orsk"]) == self.relations(events=["Gipfel von Orsk"])
        assert self.relations(events=["Halden"]) == []

    def test_all_of_the_actors(self) -> None:
        assert self.relations(actors=["Halden", "Brandt"]) == ["meets"]

    def test_status(self) -> None:
        assert self.relations(statuses=["planned"]) == ["attends"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    from kg import commands_show
    from kg.errors import KgError

    facts = [*story(), row("P:Otto Brandt", "meets", GIPFEL)]
    monkeypatch.setattr(commands_show, "_people", lambda ctx, output: People(facts, said()))

    def called(*words: str) -> Result:
        group = click.Group(commands={"show": commands_show.show, "timeline": commands_show.timeline})
        result = CliRunner().invoke(group, words, standalone_mode=False)
        if result.exception and not isinstance(result.exception, KgError | click.UsageError):
            raise result.exception
        return result

    return called


class TestCommands:
    def test_show(self, run: Callable[..., Result]) -> None:
        told = run("show", "Mira Halden").output
        for text in (
            "Person",
            "Offices (1)",
            "Außenministerin (Nordmark)",
            "«Halden kritisierte Brandt scharf.»",
            "Said (1)",
            "«Ich reise ab.»",
        ):
            assert text in told

    def test_show_json(self, run: Callable[..., Result]) -> None:
        assert json.loads(run("show", "Mira Halden", "--format", "json").output)["name"] == "Mira Halden"

    def test_several_are_listed(self, run: Callable[..., Result]) -> None:
        result = run("show", "von")
        assert result.return_value == 1
        assert "Gipfel von Orsk" in result.output
        assert "Friedensplan von Orsk" in result.output
        assert len(json.loads(run("show", "von", "--format", "json").output)["candidates"]) > 1

    def test_unknown_suggests(self, run: Callable[..., Result]) -> None:
        assert "Mira Halden" in str(run("show", "Mira Halder").exception)
        assert "query @actors" in str(run("show", "xyzxyz").exception)

    def test_long_lists_are_cut_and_told(self, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("kg.commands_show.SHOWN", 2)
        assert "more: --all" in run("show", "Mira Halden").output
        assert "more: --all" not in run("show", "Mira Halden", "--all").output

    def test_timeline(self, run: Callable[..., Result]) -> None:
        told = run("timeline", "--from", "2031-03-02", "--to", "2031-03-02", "--event", "ASSAULT").output
        assert "2031-03-02  Südmark attacks Nordmark" in told
        assert "«Die Südmark griff in der Nacht Ziele in der Nordmark an.»" in told

    def test_timeline_json_and_wrong_period(self, run: Callable[..., Result]) -> None:
        assert len(json.loads(run("timeline", "--format", "json").stdout)) == 7
        assert isinstance(run("timeline", "--from", "2031-03-02", "--to", "2031-03-01").exception, click.UsageError)

    def test_control_characters_do_not_reach_the_terminal(
        self, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        evil = row("P:Böse\x1b[31m", "meets", BRANDT, "Satz\x1b]0;x\x07 \u202e.")
        monkeypatch.setattr("kg.commands_show._people", lambda ctx, output: People([evil]))
        assert not set("\x1b\x07\u202e") & set(run("show", "böse").output)


class TestStored:
    def test_from_a_store(self, tmp_path: Path, extractor: Any) -> None:
        from conftest import article

        from kg.store import Store

        with Store.open(tmp_path / "store") as store:
            store.put(extractor.extract(article("Außenministerin Clara Reuter bleibt dem Gipfel in Genf fern.")), "v1")
            people = People(store.facts(), store.statements())
        found = people.profile(one(people, "Reuter"))
        assert "absent_from" in {f["relation"] for f in found.facts}
        assert len(found.offices) == 1
