"""Quotation marks: where a quotation opens and closes, in the many ways in which German news writes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg.lexicon import Lexicon
from kg.trees import Doc, Token


@dataclass(frozen=True, slots=True)
class Marked:
    """Words between quotation marks: token indices of the opening mark and one past the closing one."""

    start: int
    end: int

    def words(self, doc: Doc) -> list[Token]:
        """What stands between the marks, without white space and punctuation."""
        return [t for t in doc[self.start + 1 : self.end - 1] if not (t.is_punct or t.is_space)]


def paragraphs(doc: Doc) -> Iterator[tuple[int, int]]:
    """Token ranges between blank lines."""
    start = 0
    for token in doc:
        if token.is_space and token.text.count("\n") > 1:
            yield start, token.i
            start = token.i + 1
    yield start, len(doc)


def find_marked(doc: Doc, lexicon: Lexicon) -> list[Marked]:
    """The outermost pairs of marks of each paragraph, in text order; a mark without a partner is none."""
    closers = {pair[0]: pair[1:] for pair in lexicon.cue("quotation", "marks")}
    found: list[Marked] = []
    for start, end in paragraphs(doc):
        pairs = list(_pairs(doc, start, end, closers))
        found += [p for p in pairs if not any(q != p and q.start <= p.start and p.end <= q.end for q in pairs)]
    return sorted(found, key=lambda m: m.start)


def _pairs(doc: Doc, start: int, end: int, closers: dict[str, str]) -> Iterator[Marked]:
    """Every pair; what opens last closes first."""
    openings: list[int] = []
    every = set("".join(closers.values()))
    for i in range(start, end):
        mark = doc[i].text
        if openings and mark in closers[doc[openings[-1]].text]:
            yield Marked(openings.pop(), i + 1)
        elif mark in closers and (mark not in every or _opens(doc, i)):
            openings.append(i)


def _opens(doc: Doc, i: int) -> bool:
    """Whether a mark that may open or close stands as an opening one does: after a space, before a word."""
    before = i == 0 or bool(doc[i - 1].whitespace_) or doc[i - 1].is_space or doc[i - 1].text in "([–-"
    return before and not doc[i].whitespace_
