"""Facts as a store gives them, made by hand: invented states and persons, own sentences."""

from __future__ import annotations

import hashlib
from typing import Any

KINDS = {
    "P": "Person",
    "O": "Organization",
    "L": "Place",
    "E": "Event",
    "G": "Group",
    "D": "Document",
    "T": "Topic",
    "A": "Office",
}
BASE = "https://w3id.org/polgraph/id/"


def entity(code: str, wikidata: str | None = None) -> dict[str, Any]:
    """An entity from 'P:Mira Halden'; further names follow after '|'."""
    kind, _, rest = code.partition(":")
    names = rest.split("|")
    iri = BASE + (wikidata or f"{KINDS[kind].lower()}/{names[0]}")
    return {"name": names[0], "names": names, "type": KINDS[kind], "wikidata": wikidata, "iri": iri}


def row(
    subject: str | None, relation: str, target: str | None, text: str = "Ein Satz.", trigger: str = "", **more: Any
) -> dict[str, Any]:
    """A fact row; `more` overrides keys, entities given as codes."""
    start = 100
    at = text.find(trigger) if trigger else -1
    day = more.get("date")
    fact = {
        "article": "halden-1",
        "subject": entity(subject) if subject else None,
        "relation": relation,
        "object": entity(target) if target else None,
        "alt_objects": [],
        "status": "asserted",
        "source": None,
        "date": day,
        "begin": day,
        "end": day,
        "precision": "day" if day else None,
        "place": None,
        "evidence": text,
        "span": [start, start + len(text)],
        "triggers": [[start + at, start + at + len(trigger)]] if at >= 0 else [],
        "rule": "frame:test",
        "confidence": 0.9,
        "article_date": "2031-03-04",
        "article_title": "Halden reist nach Orsk",
        "article_url": "https://example.org/halden",
    }
    fact |= {key: entity(value) if key in ("source", "place") and value else value for key, value in more.items()}
    fact["alt_objects"] = [entity(code) for code in more.get("alt_objects", ())]
    fact["article_iri"] = f"{BASE}article/{fact['article']}"
    key = repr((subject, relation, target, fact["status"], text, fact["source"] and fact["source"]["iri"], fact["article"]))
    fact["iri"] = f"{BASE}fact/{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    return fact


HALDEN, NORD, SUED, GIPFEL = "P:Mira Halden|Halden|Außenministerin Halden", "L:Nordmark", "L:Südmark", "E:Gipfel von Orsk|Gipfel"
BRANDT, REGIERUNG, BUND = "P:Jonas Brandt|Brandt", "O:Regierung der Nordmark|nordmärkische Regierung", "O:Küstenbund"
SECOND = {"article": "halden-2", "article_date": "2031-03-06", "article_title": None, "article_url": None}


def story() -> list[dict[str, Any]]:
    """Thirty facts of two articles."""
    return [
        row(
            HALDEN,
            "attends",
            GIPFEL,
            "Außenministerin Mira Halden nimmt am Mittwoch am Gipfel von Orsk teil.",
            "nimmt",
            date="2031-03-05",
            place="L:Orsk",
        ),
        row(HALDEN, "affiliated_with", NORD, "Die nordmärkische Außenministerin Mira Halden reiste ab.", "nordmärkische"),
        row(HALDEN, "holds_office", "A:Außenministerin (Nordmark)", "Außenministerin Mira Halden reiste ab.", "Außenministerin"),
        row(
            BRANDT, "attends", GIPFEL, "Brandt will an dem Treffen teilnehmen.", "teilnehmen", status="planned", date="2031-03-05"
        ),
        row(
            BRANDT,
            "absent_from",
            "E:Beratungen in Tahlen",
            "Brandt blieb den Beratungen in Tahlen fern.",
            "blieb",
            date="2031-03-01",
        ),
        row(BRANDT, "affiliated_with", SUED, "Der südmärkische Präsident Jonas Brandt schwieg.", "südmärkische"),
        row(HALDEN, "meets", BRANDT, "Halden und Brandt trafen sich am Rande des Gipfels.", "trafen", date="2031-03-05"),
        row(HALDEN, "criticizes", BRANDT, "Halden kritisierte Brandt scharf.", "kritisierte"),
        row(
            HALDEN,
            "demands",
            BRANDT,
            "Halden forderte von Brandt den Abzug der Truppen.",
            "forderte",
            alt_objects=["T:Abzug der Truppen"],
        ),
        row(SUED, "attacks", NORD, "Die Südmark griff in der Nacht Ziele in der Nordmark an.", "griff", date="2031-03-02"),
        row(SUED, "attacks", NORD, "Bei dem Angriff der Südmark auf die Nordmark starben vier Menschen.", "Angriff", **SECOND),
        row(SUED, "threatens", NORD, "Die Südmark drohte der Nordmark mit weiteren Schlägen.", "drohte", **SECOND),
        row(
            NORD,
            "sanctions",
            SUED,
            "Die Nordmark könnte Sanktionen gegen die Südmark verhängen.",
            "Sanktionen",
            status="possible",
        ),
        row(REGIERUNG, "affiliated_with", NORD, "Die Regierung der Nordmark tagte.", "Regierung der Nordmark"),
        row(REGIERUNG, "rejects", "D:Friedensplan von Orsk", "Die nordmärkische Regierung lehnte den Friedensplan ab.", "lehnte"),
        row(BUND, "supports", REGIERUNG, "Der Küstenbund unterstützt die Regierung der Nordmark.", "unterstützt"),
        row(BUND, "hosts", GIPFEL, "Der Küstenbund richtet den Gipfel von Orsk aus.", "richtet"),
        row(NORD, "part_of", BUND, "Die Nordmark gehört dem Küstenbund an.", "gehört"),
        row(GIPFEL, "located_in", "L:Orsk", "Der Gipfel von Orsk beginnt am Mittwoch.", "Gipfel von Orsk", date="2031-03-05"),
        row("E:Beratungen in Tahlen", "located_in", "L:Tahlen", "Die Beratungen in Tahlen dauerten zwei Tage.", "in Tahlen"),
        row(
            "P:Edda Lorenz", "mediates", GIPFEL, "Die Vermittlerin Edda Lorenz führt durch den Gipfel.", "Vermittlerin", **SECOND
        ),
        row(
            "P:Edda Lorenz",
            "affiliated_with",
            BUND,
            "Edda Lorenz arbeitete früher für den Küstenbund.",
            "früher",
            status="ended",
            **SECOND,
        ),
        row(
            "G:Hafenarbeiter",
            "protests_against",
            REGIERUNG,
            "Hafenarbeiter protestierten gegen die Regierung.",
            "protestierten",
            **SECOND,
        ),
        row(
            "O:Gericht in Velm",
            "convicts",
            "P:Tilo Grawe",
            "Das Gericht in Velm verurteilte Tilo Grawe.",
            "verurteilte",
            **SECOND,
        ),
        row("P:Tilo Grawe", "affiliated_with", "O:Partei der Mitte", "Grawe gehört der Partei der Mitte an.", "gehört", **SECOND),
        row(
            "O:Partei der Mitte",
            "supports",
            BRANDT,
            "Die Partei der Mitte unterstützt Brandt nicht.",
            "nicht",
            status="negated",
            **SECOND,
        ),
        row(
            BRANDT,
            "negotiates_with",
            REGIERUNG,
            "Brandt verhandle mit der Regierung der Nordmark, teilte sein Büro mit.",
            "verhandle",
            source="O:Büro des Präsidenten",
        ),
        row(BUND, "aids", NORD, "Der Küstenbund liefert der Nordmark Generatoren.", "liefert", date="2031-03"),
        row(SUED, "deploys_to", "L:Tahlen", "Die Südmark verlegte zwei Brigaden nach Tahlen.", "verlegte", **SECOND),
        row("P:Arne Voss", "dies", None, "Der frühere Minister Arne Voss ist tot.", "tot", **SECOND),
    ]
