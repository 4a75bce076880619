"""Who said what, on sentences of our own: type, words and speaker of each quotation."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import article

from kg.__main__ import run
from kg.articles import read as read_articles
from kg.extract import Extractor
from kg.lexicon import load
from kg.model import Article, Extraction, Statement
from kg.quotation_marks import find_marked
from kg.trees import Doc

Read = Callable[..., Extraction]

SAID = [
    # type, rule, text, words that the quotation holds, the speaker's words
    (
        "direct",
        "speaker:after",
        "„Wir haben die Frist versäumt, und das bedauern wir“, sagte die Ministerin Clara Brandt am Montag.",
        "Wir haben die Frist versäumt",
        "die Ministerin Clara Brandt",
    ),
    (
        "direct",
        "speaker:before",
        "Der Bürgermeister erklärte: „Die Brücke bleibt bis zum Herbst gesperrt.“",
        "Die Brücke bleibt bis zum Herbst gesperrt",
        "Der Bürgermeister",
    ),
    (
        "direct",
        "speaker:before",
        "Oppositionsführer Jonas Weber sagte: »Dieser Haushalt ist ein Wunschzettel.«",
        "Dieser Haushalt ist ein Wunschzettel",
        "Oppositionsführer Jonas Weber",
    ),
    (
        "direct",
        "quote:direct",
        "Der Abgeordnete nannte den Entwurf „völlig unbrauchbar“.",
        "völlig unbrauchbar",
        "Der Abgeordnete",
    ),
    (
        "indirect",
        "quote:complement",
        "Die Polizei teilte mit, dass drei Verdächtige festgenommen worden seien.",
        "dass drei Verdächtige festgenommen worden seien",
        "Die Polizei",
    ),
    (
        "indirect",
        "quote:complement",
        "Der Verband warf der Regierung vor, die Zahlen geschönt zu haben.",
        "die Zahlen geschönt zu haben",
        "Der Verband",
    ),
    (
        "indirect",
        "quote:inserted",
        "Die Kanzlei sei nicht informiert worden, sagte der Anwalt der Familie.",
        "Die Kanzlei sei nicht informiert worden",
        "der Anwalt der Familie",
    ),
    (
        "indirect",
        "quote:phrase",
        "Nach Angaben der Feuerwehr brannten zwei Lagerhallen vollständig aus.",
        "brannten zwei Lagerhallen vollständig aus",
        "Angaben der Feuerwehr",
    ),
    (
        "indirect",
        "quote:phrase",
        "Dem Ministerium zufolge fehlen im Land tausend Lehrkräfte.",
        "fehlen im Land tausend Lehrkräfte",
        "Dem Ministerium",
    ),
    (
        "indirect",
        "quote:wie",
        "Wie die Staatsanwaltschaft mitteilte, wird gegen den Landrat ermittelt.",
        "wird gegen den Landrat ermittelt",
        "die Staatsanwaltschaft",
    ),
    (
        "indirect",
        "quote:so",
        "Die Verhandlungen stünden vor dem Abschluss, so ein Sprecher der Kommission.",
        "Die Verhandlungen stünden vor dem Abschluss",
        "ein Sprecher der Kommission",
    ),
    (
        "reported",
        "quote:reported",
        "Die Gewerkschaft forderte höhere Löhne für die Beschäftigten im Nahverkehr.",
        "Die Gewerkschaft forderte höhere Löhne",
        "Die Gewerkschaft",
    ),
    (
        "indirect_free_indirect",
        "quote:carried",
        "Die Reederei erklärte, dass das Schiff sicher sei. Die Mannschaft habe alle Übungen bestanden.",
        "Die Mannschaft habe alle Übungen bestanden",
        "Die Reederei",
    ),
    (
        "free_indirect",
        "quote:hearsay",
        "Die Ermittler gehen davon aus, dass der Brand gelegt wurde. Der Täter soll durch ein Fenster geflohen sein.",
        "Der Täter soll durch ein Fenster geflohen sein",
        "Die Ermittler",
    ),
    (
        "indirect",
        "quote:complement",
        "Das Gericht sah es als erwiesen an, dass der Händler die Akten gefälscht hatte.",
        "dass der Händler die Akten gefälscht hatte",
        "Das Gericht",
    ),
    (
        "indirect",
        "quote:complement",
        "Die Ministerin sprach davon, dass die Schulen mehr Geld brauchen.",
        "dass die Schulen mehr Geld brauchen",
        "Die Ministerin",
    ),
    (
        "indirect",
        "quote:complement",
        "Der Stadtrat beschloss am Abend, den Park zu sperren, um die Bäume zu schützen.",
        "den Park zu sperren, um die Bäume zu schützen",
        "Der Stadtrat",
    ),
    (
        "indirect",
        "quote:complement",
        "Der Vorstand kritisierte den Vertrag und forderte, ihn neu zu verhandeln.",
        "ihn neu zu verhandeln",
        "Der Vorstand",
    ),
    (
        "indirect",
        "quote:phrase",
        "Seiner Ansicht nach kommt die Reform zu spät.",
        "kommt die Reform zu spät",
        "Seiner Ansicht",
    ),
    (
        "indirect",
        "quote:phrase",
        "Nach Angaben informierter Kreise sinkt der Preis.",
        "sinkt der Preis",
        "Angaben informierter Kreise",
    ),
    (
        "indirect",
        "quote:view",
        "Für die Abgeordnete Clara Brandt sei der Plan „ein grober Fehler“.",
        "sei der Plan",
        "die Abgeordnete Clara Brandt",
    ),
    (
        "direct",
        "speaker:view",
        "Für die Abgeordnete Clara Brandt sei der Plan „ein grober Fehler“.",
        "ein grober Fehler",
        "die Abgeordnete Clara Brandt",
    ),
    (
        "direct",
        "speaker:inscription",
        "Die Demonstranten trugen Plakate mit der Aufschrift „Wohnen ist kein Luxus“.",
        "Wohnen ist kein Luxus",
        "Die Demonstranten",
    ),
    (
        "direct",
        "speaker:before",
        "Clara Brandt, Sprecherin der Gewerkschaft, sagte: „Das reicht uns nicht.“",
        "Das reicht uns nicht",
        "Clara Brandt, Sprecherin der Gewerkschaft",
    ),
    (
        "direct",
        "speaker:before",
        "Im Dezember hatte Clara Brandt in einer Rede verkündet: „Wir bauen die Brücke.“",
        "Wir bauen die Brücke",
        "Clara Brandt",
    ),
    ("direct", "speaker:after", "„Ein guter Anfang“, sagte der Trainer.", "Ein guter Anfang", "der Trainer"),
    (
        "direct",
        "speaker:clause",
        "Die Partei versprach „schnelle und gerechte Hilfe“ für die Bauern.",
        "schnelle und gerechte Hilfe",
        "Die Partei",
    ),
    (
        "indirect",
        "quote:inserted",
        "Ein zweites Konsulat in Husum soll folgen, gab der Außenminister bekannt.",
        "Ein zweites Konsulat in Husum soll folgen",
        "der Außenminister",
    ),
    (
        "indirect",
        "quote:inserted",
        "Seit Montag ist die Kamera ausgefallen, das teilte das Institut am Dienstag mit.",
        "Seit Montag ist die Kamera ausgefallen",
        "das Institut",
    ),
    (
        "direct",
        "speaker:so",
        "Der Minister müsse gehen, so Keller weiter: „Das ist nicht mehr hinnehmbar.“",
        "„Das ist nicht mehr hinnehmbar.“",
        "Keller",
    ),
    (
        "indirect",
        "quote:complement",
        "Das Ministerium hat Berichte der Zeitung zurückgewiesen, wonach Inspekteure behindert worden seien.",
        "wonach Inspekteure behindert worden seien",
        "Berichte der Zeitung",
    ),
    (
        "indirect",
        "quote:so",
        "Die Richterin blieb hart: Eine Bewährung sei nicht vermittelbar, so Keller.",
        "Eine Bewährung sei nicht vermittelbar",
        "Keller",
    ),
    (
        "reported",
        "quote:reported",
        "Der Kanzler reiste ab, und die Opposition forderte eine Debatte über den Haushalt.",
        "die Opposition forderte eine Debatte über den Haushalt",
        "die Opposition",
    ),
    (
        "indirect",
        "quote:complement",
        "Vor drei Jahren hatte die Firma den Behörden angeboten, den Müll zu entsorgen.",
        "den Müll zu entsorgen",
        "die Firma",
    ),
]


def words(found: Extraction, parts: tuple[tuple[int, int], ...]) -> str:
    return " ".join(found.article.original[start:end] for start, end in parts)


@pytest.mark.parametrize(("kind", "rule", "text", "quote", "speaker"), SAID, ids=[f"{s[1]} {s[3][:24]}" for s in SAID])
def test_quotation(kind: str, rule: str, text: str, quote: str, speaker: str, read: Read) -> None:
    found = read(text)
    said = [s for s in found.statements if quote in words(found, s.quote) and s.type == kind]
    assert len(said) == 1, [s.record() for s in found.statements]
    assert rule in said[0].rule
    assert words(found, said[0].speaker) == speaker
    assert not set(range(*said[0].speaker[0])) & {i for s, e in said[0].quote for i in range(s, e)} or kind == "reported"


@pytest.mark.parametrize(
    "text",
    [
        "Die Zeitung „Küstenbote“ erscheint seit hundert Jahren in Husum.",
        "Der Film „Nacht über Kiel“ läuft ab Donnerstag im Kino.",
        "Der Bürgermeister eröffnete am Sonntag die neue Schwimmhalle.",
        "Es ist nicht bekannt, ob der Fahrer überlebt hat.",
        "Die Straße wurde gesperrt, weil der Fluss über die Ufer trat.",
        "Es wird geprüft, ob die Halle abgerissen werden kann.",
        "Bei der Prüfung stellte sich heraus, dass Geld fehlt.",
        "Der Sprecher wollte nicht bestätigen, dass der Konzern verkauft wird.",
        "Das Treffen ist in Kiel geplant, wo die Minister beraten sollen.",
        "Der Trainer begründete seinen Rücktritt wie folgt.",
        "Der Minister besuchte den Hafen. Ein Umbau würde drei Jahre dauern.",
        "Der Ausschuss tagte am Montag. Im Sommer hatte der Rat mehr Geld gefordert.",
        "Der Sturm hat drei Menschenleben gefordert.",
        "Der Rat tagte im Rathaus. Das Wetter war schön. Die Schwimmhalle soll im Mai öffnen.",
        "Das Gericht hat am Montag das Urteil gesprochen.",
        "Die Ausstellung nennt sich „documenta zwölf“.",
        "Der Bürgermeister möchte den Hafen ausbauen.",
    ],
)
def test_nobody_says_anything(text: str, read: Read) -> None:
    assert read(text).statements == ()


def only(found: Extraction) -> Statement:
    assert len(found.statements) == 1, [s.record() for s in found.statements]
    return found.statements[0]


def test_parts_of_a_quotation(read: Read) -> None:
    found = read("Der Minister warf der Opposition vor, die Reform zu verschleppen.")
    said = only(found)
    assert words(found, said.cue) == "warf vor"
    assert words(found, said.addressee) == "der Opposition"
    assert words(found, said.frame) == "Der Minister warf der Opposition vor"
    assert said.text == "die Reform zu verschleppen"


@pytest.mark.parametrize(
    ("text", "speakers"),
    [
        (
            "„Das wird ein harter Winter“, zitiert der Küstenbote den Minister Paul Reuter.",
            {"den Minister Paul Reuter", "der Küstenbote"},
        ),
        (
            "Der Bürgermeister wird vom Küstenboten mit den Worten zitiert: „Wir haben alles versucht.“",
            {"Der Bürgermeister", "Küstenboten"},
        ),
    ],
)
def test_words_handed_on_are_said_by_two(text: str, speakers: set[str], read: Read) -> None:
    """`speaker:quoter`: one quotation of who spoke, one of who quotes."""
    found = read(text)
    assert {words(found, s.speaker) for s in found.statements} == speakers
    assert len({s.quote for s in found.statements}) == 1
    assert [s.type for s in found.statements] == ["direct", "direct"]
    assert sum("speaker:quoter" in s.rule for s in found.statements) == 1


def test_speech_around_its_speaker_is_one_quotation(read: Read) -> None:
    said = only(read("„Wir werden in den nächsten Jahren“, so die Ministerin, „keine Schule schließen.“"))
    assert said.text == "„Wir werden in den nächsten Jahren“ … „keine Schule schließen.“"


@pytest.mark.parametrize("name", ["Laut „küstenbote.de“", "Wie „Küstenbote online“ berichtet,"])
def test_name_of_a_source_is_no_quotation(name: str, read: Read) -> None:
    said = only(read(f"{name} sinkt der Pegel weiter."))
    assert (said.type, said.text) == ("indirect", "sinkt der Pegel weiter")


def test_speech_ends_where_the_story_goes_on(read: Read) -> None:
    said = only(read("Der Sprecher betonte, er bleibe im Amt, und lobte die Mannschaft."))
    assert said.text == "er bleibe im Amt"


def test_nearer_verb_of_naming_tells_the_speaker(read: Read) -> None:
    found = read("Der Minister lobte den Plan. Anna Berg nannte ihn „mutlos und teuer“.")
    said = next(s for s in found.statements if s.type == "direct")
    assert words(found, said.speaker) == "Anna Berg"


def test_speech_around_its_source_has_two_parts(read: Read) -> None:
    found = read("Der Stausee ist nach Angaben der Behörde nur noch zur Hälfte gefüllt.")
    said = only(found)
    assert [found.article.original[s:e] for s, e in said.quote] == ["Der Stausee ist", "nur noch zur Hälfte gefüllt"]
    assert said.text == "Der Stausee ist … nur noch zur Hälfte gefüllt"


def test_speaker_is_an_entity(read: Read) -> None:
    found = read("Angela Merkel reiste nach Paris. Sie sagte, dass die Gespräche gut verlaufen seien.")
    said = next(s for s in found.statements if s.type == "indirect")
    assert said.speaker_entity is not None
    assert said.speaker_entity.name == "Angela Merkel"
    assert words(found, said.speaker) == "Sie"


def test_impersonal_speech_names_nobody(read: Read) -> None:
    said = only(read("Es heißt, dass die Wahl verschoben werde."))
    assert said.speaker == ()
    assert said.speaker_entity is None


def test_direct_speech_over_several_sentences_is_one(read: Read) -> None:
    said = only(read("„Wir gehen. Wir kommen nicht zurück. Das ist entschieden“, sagte Karl Lindner."))
    assert said.type == "direct"
    assert said.text == "„Wir gehen. Wir kommen nicht zurück. Das ist entschieden“"


def test_running_speech_is_one_quotation(read: Read) -> None:
    text = "Der Sprecher sagte, das Netz sei gestört. Techniker suchten den Fehler. Die Ursache sei unklar. Die Lage sei ernst."
    carried = [s for s in read(text).statements if s.type == "indirect_free_indirect"]
    assert [s.text for s in carried][-1] == "Die Ursache sei unklar. Die Lage sei ernst."


def test_offsets_point_into_the_original(extractor: Extractor) -> None:
    """Soft hyphens and decomposed letters are gone in the text that is analysed, not in the offsets."""
    text = "Die Be\u00adho\u0308rde teilte mit, dass der Pe\u00adgel sinke."
    line = json.dumps({"id": "x", "date": "2024-02-01", "text": text})
    made = next(iter(read_articles(["-"], stdin=io.BytesIO(line.encode()))))
    assert isinstance(made, Article)
    found = extractor.extract(made)
    said = only(found)
    assert words(found, said.speaker) == "Die Be\u00adho\u0308rde"
    assert words(found, said.quote) == "dass der Pe\u00adgel sinke"


def test_record_is_json(read: Read) -> None:
    record = only(read("Die Bank bestätigte, dass Daten abgeflossen sind.")).record()
    assert json.loads(json.dumps(record)) == record
    assert {"article", "type", "quote", "cue", "frame", "speaker", "addressee", "speaker_entity"} <= set(record)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ('Er rief „Halt“ und »Stopp« und "Nein".', ["„Halt“", "»Stopp«", '"Nein"']),
        ("Sie sagte: „Das Wort „Krise“ kenne ich nicht.“", ["„Das Wort „Krise“ kenne ich nicht.“"]),
        ("Ein „offenes Zitat ohne Ende.\n\nEin „ganzes“.", ["„ganzes“"]),
        ("Kein Zeichen.", []),
    ],
)
def test_marks(text: str, marked: list[str], extractor: Extractor) -> None:
    doc = Doc(extractor.nlp(text))
    assert [doc.words(m.start, m.end) for m in find_marked(doc, load("de"))] == marked


def test_explain_tells_the_rule(extractor: Extractor) -> None:
    made = article("Die Behörde teilte mit, dass der Pegel sinke.")
    lines = [line for line in extractor.extract(made, trace=True).trace if line.step == "quote"]
    assert [(line.sentence, line.rule) for line in lines] == [(0, "quote:complement")]


def test_command_prints_statements(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Die Behörde teilte mit, dass der Pegel sinke."
    (tmp_path / "pegel.txt").write_text(f"date 2024-02-01\n{text}", "utf-8")
    assert run(["extract", str(tmp_path / "pegel.txt"), "--statements", "--format", "jsonl"]) == 0
    (record,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (record["article"], record["type"], record["text"]) == ("pegel", "indirect", "dass der Pegel sinke")
    assert run(["extract", str(tmp_path / "pegel.txt"), "--statements"]) == 0
    assert "Behörde — says  [indirect]  «dass der Pegel sinke»" in capsys.readouterr().out
