"""Hand-built trees: one token a line as `form lemma UPOS head deprel features tag`, `_` for none."""

from __future__ import annotations

import spacy
from spacy.tokens import Span

from kg.trees import Doc

VOCAB = spacy.blank("de").vocab


def tree(text: str, *names: tuple[int, int, str]) -> Doc:
    """A Doc from lines of seven columns; an empty line parts sentences, heads count from 1 in each, 0 is the root.

    names: first and last token (from 0) and label of each.
    """
    parts = [[(line.split() + ["_"] * 7)[:7] for line in part.splitlines()] for part in text.strip().split("\n\n")]
    starts = [sum(map(len, parts[:n])) for n in range(len(parts))]
    rows = [row for part in parts for row in part]
    words = [r[0] for r in rows]
    offsets = [start for start, part in zip(starts, parts, strict=True) for _ in part]
    heads = [offset + int(r[3]) - 1 if r[3] != "0" else i for i, (offset, r) in enumerate(zip(offsets, rows, strict=True))]
    parsed = spacy.tokens.Doc(
        VOCAB,
        words=words,
        spaces=[i + 1 < len(words) and words[i + 1] not in {".", ",", "?"} for i in range(len(words))],
        lemmas=[r[1] for r in rows],
        pos=[r[2] for r in rows],
        heads=heads,
        deps=["ROOT" if r[3] == "0" else r[4] for r in rows],
        morphs=["" if r[5] == "_" else r[5] for r in rows],
        tags=["" if r[6] == "_" else r[6] for r in rows],
        sent_starts=[i in starts for i in range(len(words))],
    )
    parsed.set_ents([Span(parsed, first, last + 1, label) for first, last, label in names])
    return Doc(parsed)
