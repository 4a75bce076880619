"""Time expressions: what they mean, what is none, and that the reading depends on tense and on data only."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc

from kg import resources
from kg.errors import LexiconError
from kg.timerules import RULES, easter
from kg.times import find_times, load_times

PATH = resources.ontologies() / "de" / "times.toml"
WORDS = load_times(PATH)
BLANK = spacy.blank("de")
WEDNESDAY = date(2005, 6, 15)


def found(text: str, published: date = WEDNESDAY) -> list[tuple[str, str | None]]:
    return [(t.text, t.iso) for t in find_times(BLANK(text), published, WORDS)]


def dates(text: str, published: date = WEDNESDAY) -> list[str | None]:
    return [iso for _, iso in found(text, published)]


DAYS = [
    ("Am Mittwoch tagte der Rat.", "2005-06-15"),
    ("Am Donnerstag tagte der Rat.", "2005-06-09"),
    ("Am Donnerstag wird der Rat tagen.", "2005-06-16"),
    ("Der Rat will am Dienstag beraten.", "2005-06-21"),
    ("Der Minister soll am Dienstag den Richter bedroht haben.", "2005-06-14"),
    ("Das Treffen wurde auf Freitag verschoben.", "2005-06-17"),
    ("Sie trafen sich vergangenen Donnerstag.", "2005-06-09"),
    ("Sie trafen sich am letzten Mittwoch.", "2005-06-08"),
    ("Sie sprechen am kommenden Mittwoch.", "2005-06-22"),
    ("Er verlor bei der anstehenden Wahl am Sonntag", "2005-06-19"),
    ("Die am Freitag beginnende Konferenz wurde abgesagt.", "2005-06-17"),
    ("Er kritisierte die geplante Reform am Freitag.", "2005-06-10"),
    ("Am Montag kommender Woche tagte niemand.", "2005-06-20"),
    ("Er kam am Mittwochabend an.", "2005-06-15"),
    ("Sie sprach gestern Abend.", "2005-06-14"),
    ("Vorgestern trat er zurück.", "2005-06-13"),
    ("Morgen wird gewählt.", "2005-06-16"),
    ("Die Wahl ist übermorgen.", "2005-06-17"),
    ("Am 3. März beschloss der Rat das Gesetz.", "2005-03-03"),
    ("Am 18. August kündigte er die Kandidatur an.", "2005-08-18"),
    ("am 3. März 2021", "2021-03-03"),
    ("am 03.03.2021", "2021-03-03"),
    ("am 3.3. beriet er", "2005-03-03"),
    ("am 06.12.04 beriet er", "2004-12-06"),
    ("Stand: 2005-03-03", "2005-03-03"),
    ("am Montag, dem 06.12.2004, starb er", "2004-12-06"),
    ("am Sonntag (9. Januar) starb er", "2005-01-09"),
    ("am Freitag, 10. Juni 2005, starb er", "2005-06-10"),
    ("am Sonntag, dem 1. August, starb er", "2004-08-01"),
    ("am heutigen Mittwoch", "2005-06-15"),
    ("der gestrige Beschluss", "2005-06-14"),
    ("am ersten Mai", "2005-05-01"),
    ("am 9. Juni dieses Jahres", "2005-06-09"),
    ("am 9. Juni vergangenen Jahres", "2004-06-09"),
    ("vor drei Tagen", "2005-06-12"),
    ("in zwei Tagen", "2005-06-17"),
    ("am Tag der Deutschen Einheit 2004", "2004-10-03"),
    ("am Ostermontag", "2005-03-28"),
    ("an Silvester", "2004-12-31"),
]
FIRST_DAYS = [
    ("In der Nacht zum Freitag starb er.", "2005-06-09"),
    ("In der Nacht von Mittwoch auf Donnerstag starb er.", "2005-06-08"),
    ("In der Nacht zum 3. Mai starb er.", "2005-05-02"),
    ("vom 3. bis 5. März", "2005-03-03"),
    ("am 11. und 12. Juli 1995", "1995-07-11"),
    ("von Montag bis Freitag streikten sie", "2005-06-06"),
    ("vom 30. Dezember 2003 bis zum 2. Januar 2004", "2003-12-30"),
    ("seit Montag", "2005-06-13"),
    ("seit dem 17. Dezember 2003", "2003-12-17"),
    ("an Weihnachten 2004", "2004-12-24"),
]
MONTHS = [
    ("Ende Juni", "2005-06"),
    ("Mitte Februar", "2005-02"),
    ("Anfang der Woche", "2005-06"),
    ("im Juni 2019", "2019-06"),
    ("Im Dezember entschied das Gericht.", "2004-12"),
    ("Im Dezember soll das Gericht entscheiden.", "2005-12"),
    ("im vergangenen Monat", "2005-05"),
    ("letzten September", "2004-09"),
    ("ab Januar", "2006-01"),
    ("am Wochenende", "2005-06"),
    ("vergangene Woche", "2005-06"),
    ("vor drei Wochen", "2005-05"),
    ("in zwei Monaten", "2005-08"),
    ("von Januar bis März 2008", "2008-01"),
    ("seit Anfang April", "2005-04"),
    ("Ende des Monats", "2005-06"),
]
YEARS = [
    ("Anfang 2004", "2004"),
    ("im Jahr 2005", "2005"),
    ("im Jahre 2003", "2003"),
    ("nach dem Irakkrieg 2003 kam", "2003"),
    ("die Anschläge (2009)", "2009"),
    ("1997 wurde er gewählt.", "1997"),
    ("seit 2003", "2003"),
    ("bis 2010", "2010"),
    ("im Herbst 2022", "2022"),
    ("ab dem Herbst kommenden Jahres", "2006"),
    ("im letzten Jahr", "2004"),
    ("die diesjährige Wahl", "2005"),
    ("zum Jahresende", "2005"),
    ("Ende des Jahres", "2005"),
    ("vor etwa drei Jahren", "2002"),
    ("im zweiten Quartal", "2005"),
    ("im ersten Halbjahr 2006", "2006"),
    ("im Schuljahr 2006/2007", "2006"),
]
SEVERAL = [
    "2010-2023",
    "2010 bis 2023",
    "von 2001 bis 2005",
    "zwischen 2001 und 2004",
    "zwischen September 1943 und Mai 1945",
    "in den 1990er Jahren",
    "in den neunziger Jahren",
    "im 19. Jahrhundert",
    "in den vergangenen drei Jahren",
]
NO_TIME = [
    "Am Morgen tagte er. Guten Morgen!",
    "drei Jahre lang und 20 Jahre alt",
    "seit drei Stunden",
    "der 28-Punkte-Plan und die Agenda 2010",
    "Artikel 2003 und Boeing 2007",
    "um 11:00 Uhr, um 20.05 Uhr",
    "2000 Menschen und rund 1900 Soldaten",
    "Es kamen 1500 afghanische Kämpfer",
    "2.003 Stimmen, 1,2003 Prozent",
    "Telefon 030 2003 4567",
    "der heute 53-Jährige",
    "Das gilt bis heute.",
    "Die Zeitung Bild am Sonntag schrieb",
    "im Vergleich zum Vorjahr",
    "der Haushaltsentwurf 2007",
    "Es gab in zwei Monaten drei Rücktritte, wurde gesagt.",
    "am 31. Februar",
    "Sie mag den Mai und den Herbst",
    "noch vor Weihnachten",
    "nach dem 11. September 2001",
    "das Mai-Treffen",
    "der Rechner 10.12.10.3 und Version 1.11.11.2",
]


@pytest.mark.parametrize(("text", "iso"), DAYS + FIRST_DAYS + MONTHS + YEARS)
def test_one_expression(text: str, iso: str) -> None:
    assert dates(text) == [iso]


@pytest.mark.parametrize(("texts", "precision"), [(DAYS, "day"), (FIRST_DAYS, "range"), (MONTHS, "month"), (YEARS, "year")])
def test_precision(texts: list[tuple[str, str]], precision: str) -> None:
    assert {t.precision for text, _ in texts for t in find_times(BLANK(text), WEDNESDAY, WORDS)} == {precision}


@pytest.mark.parametrize("text", SEVERAL)
def test_several_years_have_no_date(text: str) -> None:
    (span,) = find_times(BLANK(text), WEDNESDAY, WORDS)
    assert span.precision == "years"
    assert span.iso is None
    assert span.end.year > span.begin.year


@pytest.mark.parametrize("text", NO_TIME)
def test_no_time(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Er ging am Montag, dem 6. Dezember 2004, fort.", "am Montag, dem 6. Dezember 2004"),
        ("Er ging in der Nacht zum Freitag fort.", "in der Nacht zum Freitag"),
        ("Er regierte von 2001 bis 2005 allein.", "von 2001 bis 2005"),
        ("Der Gipfel heute (Mittwoch) begann.", "heute (Mittwoch)"),
        ("Das Gesetz vom 3. März gilt.", "3. März"),
    ],
)
def test_extent(text: str, expected: str) -> None:
    assert [t for t, _ in found(text)] == [expected]


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("Ende Juni", date(2005, 6, 21), date(2005, 6, 30)),
        ("im Herbst 2022", date(2022, 9, 1), date(2022, 11, 30)),
        ("im Winter 2004", date(2004, 12, 1), date(2005, 2, 28)),
        ("vergangene Woche", date(2005, 6, 6), date(2005, 6, 12)),
        ("am Wochenende tagten sie", date(2005, 6, 11), date(2005, 6, 12)),
        ("am Wochenende sollen sie tagen", date(2005, 6, 18), date(2005, 6, 19)),
        ("seit Montag", date(2005, 6, 13), WEDNESDAY),
        ("im zweiten Quartal 2004", date(2004, 4, 1), date(2004, 6, 30)),
        ("in der Nacht zum Freitag", date(2005, 6, 9), date(2005, 6, 10)),
    ],
)
def test_interval(text: str, begin: date, end: date) -> None:
    (span,) = find_times(BLANK(text), WEDNESDAY, WORDS)
    assert (span.begin, span.end) == (begin, end)


def test_counted_from_the_last_time_told() -> None:
    text = "Am 3. Juni begann er. Am nächsten Tag endete es, zwei Tage später begann es wieder. Im Jahr darauf starb er."
    assert dates(text) == ["2005-06-03", "2005-06-04", "2005-06-06", "2006"]
    assert dates("Am nächsten Tag endete es.") == []


def test_several_in_order() -> None:
    text = "Gestern sprach sie, heute schweigt sie, am Freitag wird sie reden."
    assert dates(text) == ["2005-06-14", "2005-06-15", "2005-06-17"]


def test_line_break_inside_an_expression_but_not_an_empty_line() -> None:
    assert found("am 3.\nMärz 2004") == [("am 3.\nMärz 2004", "2004-03-03")]
    assert "2004-03-03" not in dates("Platz 3.\n\nMärz 2004")


def parsed(words: list[str], pos: list[str], morphs: list[str], heads: list[int], deps: list[str]) -> Doc:
    return Doc(BLANK.vocab, words=words, pos=pos, morphs=morphs, heads=heads, deps=deps)


FINITE = "VerbForm=Fin|Tense="


@pytest.mark.parametrize(("tense", "iso"), [("Past", "2005-06-09"), ("Pres", "2005-06-16")])
def test_tense_of_the_governing_verb(tense: str, iso: str) -> None:
    doc = parsed(
        ["Am", "Donnerstag", "tagt", "er"], ["ADP", "NOUN", "VERB", "PRON"], ["", "", FINITE + tense, ""],
        [1, 2, 2, 2], ["case", "obl", "ROOT", "nsubj"],
    )  # fmt: skip
    assert [t.iso for t in find_times(doc, WEDNESDAY, WORDS)] == [iso]


@pytest.mark.parametrize(("form", "iso"), [("VerbForm=Inf", "2005-06-20"), ("VerbForm=Part", "2005-06-13")])
def test_auxiliary_with_infinitive_is_future_passive_present_is_near(form: str, iso: str) -> None:
    doc = parsed(
        ["Am", "Montag", "wird", "er", "gehen"], ["ADP", "NOUN", "AUX", "PRON", "VERB"],
        ["", "", FINITE + "Pres", "", form], [1, 4, 4, 4, 4], ["case", "obl", "aux", "nsubj", "ROOT"],
    )  # fmt: skip
    assert [t.iso for t in find_times(doc, WEDNESDAY, WORDS)] == [iso]


def test_a_parsed_number_of_things_is_no_year() -> None:
    doc = parsed(
        ["2010", "Kerzen", "brannten"], ["NUM", "NOUN", "VERB"], ["", "Number=Plur", FINITE + "Past"],
        [1, 2, 2], ["nummod", "nsubj", "ROOT"],
    )  # fmt: skip
    assert find_times(doc, WEDNESDAY, WORDS) == ()


@pytest.mark.parametrize("day", [date(2005, 3, 27), date(2000, 4, 23), date(2038, 4, 25), date(1954, 4, 18)])
def test_easter(day: date) -> None:
    assert easter(day.year) == day


def test_every_rule_has_a_form() -> None:
    assert {p.rule for p in WORDS.patterns} == set(RULES)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[words.month]", "[words.months]", "month"),
        ('rule = "century"', 'rule = "millennium"', "millennium"),
        ("{century}\\. Jahrhunderts?", "{century}\\. (Jahrhundert", "pattern"),
        ('role = "night"', 'role = "noon"', "prefix 1"),
        ("[joins]", "[join]", "joins"),
        ("[words.month]", "[words.month", "line"),
    ],
)
def test_a_malformed_file_is_named_with_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    path = tmp_path / "times.toml"
    text = PATH.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(LexiconError, match=re.escape(str(path))) as error:
        load_times(path)
    assert key in str(error.value)


PIECES = [*(text for text, _ in DAYS + FIRST_DAYS + MONTHS + YEARS), *SEVERAL, *NO_TIME]
PIECES += ["31. Februar", "in 999 Jahrzehnten", "vor 999 Jahren", "(", ")", ", dem", " bis ", " und ", "\n", "0.0.", "einem Jahr"]
TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.dates())
def test_spans_lie_in_the_text(text: str, published: date) -> None:
    spans = find_times(BLANK(text), published, WORDS)
    assert all(text[s.start : s.stop] == s.text and s.text and s.begin <= s.end for s in spans)
    assert all(a.stop <= b.start for a, b in pairwise(spans))


def test_long_texts_take_linear_time() -> None:
    assert len(dates("Am Montag tagte der Rat. " * 4000)) == 4000
    assert dates("bis " * 20000 + "   " * 20000 + "seit 1. " * 20000) == []
