"""A light extractor for tests of workers, with articles that break it: their text says how."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from kg.config import Settings
from kg.errors import ModelError
from kg.model import Article, Entity, Evidence, Extraction, Fact


class Light:
    """One fact a sentence of three words: 'A kritisiert B.'; `folder` remembers what was done once."""

    version = "light 1"

    def __init__(self, folder: Path, seconds: float) -> None:
        self.folder, self.seconds = folder, seconds

    def extract(self, article: Article) -> Extraction:
        """The facts, after what the text asks for: to hang, to die (once or always), to take memory, to fail."""
        time.sleep(self.seconds)
        if "hängt" in article.text:
            time.sleep(1000)
        if "stirbt" in article.text or ("stolpert" in article.text and self._first(article.id)):
            os.kill(os.getpid(), 9)
        if "frisst" in article.text:
            bytearray(1 << 33)
        if "wirft" in article.text:
            raise ValueError("nothing to be done")
        return Extraction(article, (), tuple(self._facts(article)))

    def _first(self, name: str) -> bool:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        known = path.exists()
        path.touch()
        return not known

    def _facts(self, article: Article) -> Iterator[Fact]:
        at = 0
        for sentence in article.text.split(". "):
            who, _, whom = sentence.rstrip(".").split()
            start, end = article.locate(at, at + len(sentence))
            evidence = Evidence(article.id, start, end, article.original[start:end])
            yield Fact(_person(who), "criticizes", _person(whom), "asserted", evidence, rule="light")
            at += len(sentence) + 2

    def pipe(self, articles: Iterable[Article]) -> Iterator[Extraction]:
        """One after the other."""
        return map(self.extract, articles)


def _person(name: str) -> Entity:
    return Entity("Person", name, (name,), scope="global")


def light(folder: Path, seconds: float = 0.0) -> Callable[[str], Any]:
    """What gives the extractor of a language: German only."""
    made = Light(folder, seconds)

    def extractor(lang: str) -> Any:
        if lang != "de":
            raise ModelError(f"there is no model for the language {lang!r}")
        return made

    return extractor


def of_settings(settings: Settings) -> Callable[[str], Any]:
    """The same for the workers of a cluster, which know a function by its name only."""
    return light(Path(os.environ["LIGHT_FOLDER"]), float(os.environ.get("LIGHT_SECONDS", "0")))


def other(settings: Settings) -> Callable[[str], Any]:
    """An extractor whose version another program has: that of the environment."""
    made = Light(Path(), 0)
    made.version = os.environ.get("LIGHT_VERSION", "light 0")
    return lambda lang: made


def factory(folder: Path, seconds: float = 0.0) -> Callable[[], Callable[[str], Any]]:
    """What a worker gets."""
    return partial(light, folder, seconds)


def articles(count: int, **special: str) -> list[Article]:
    """Articles `a0`, `a1`, ...; `special` gives the verb of single ones."""
    who = ["Kessler", "Arruda", "Hartwig", "Holm", "Öhm"]
    made = []
    for i in range(count):
        verb = special.get(f"a{i}", "kritisiert")
        text = f"{who[i % 5]} {verb} {who[(i + 1) % 5]}. {who[(i + 2) % 5]} kritisiert Person-{i}."
        made.append(Article(f"a{i}", text, datetime.date(2023, 5, 1 + i % 28), text, range(len(text) + 1)))
    return made


def write(folder: Path, made: Iterable[Article]) -> Path:
    """The articles as a file of JSON lines."""
    import json

    path = folder / "wire.jsonl"
    lines = (json.dumps({"id": a.id, "date": a.date.isoformat(), "text": a.text}) for a in made)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def changing(folder: Path) -> Callable[[str], Any]:
    """Extractors of another version in each process."""
    made = Light(folder, 0.01)
    made.version = f"light {os.getpid()}"
    return lambda lang: made
