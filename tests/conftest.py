"""What the tests share: the loaded pipeline, and articles from plain text."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.extract import Extractor
from kg.model import Article, Extraction

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def article(text: str, date: str = "2023-05-10", id: str = "a1", **more: str) -> Article:
    """An article whose text is its own original."""
    return Article(id, text, datetime.date.fromisoformat(date), text, range(len(text) + 1), **more)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def extractor() -> Extractor:
    return Extractor.load()


@pytest.fixture(scope="session")
def read(extractor: Extractor) -> Callable[..., Extraction]:
    return lambda text, date="2023-05-10": extractor.extract(article(text, date))
