"""The frames' own examples: does each frame fire in the sentence that stands beside it?"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from kg.extract import Extractor
from kg.lexicon import Frame
from kg.model import Article

DAY = datetime.date(2023, 5, 10)  # examples name no year; any day serves


def _article(number: int, text: str) -> Article:
    return Article(f"example-{number}", text, DAY, text, range(len(text) + 1))


def silent_frames(extractor: Extractor) -> Iterator[Frame]:
    """The frames whose example states no fact of their relation through a frame of their lemma, in the order of their names."""
    frames = [f for f in extractor.lexicon.frames if f.example]
    articles = [_article(i, f.example) for i, f in enumerate(frames)]
    for frame, extraction in zip(frames, extractor.pipe(articles), strict=True):
        lemma = frame.name.partition(">")[0]
        if not any(fact.relation == frame.relation and f"frame:{lemma}>" in fact.rule for fact in extraction.facts):
            yield frame
