"""Documents as the rules read them: spaCy's Doc, Token and Span with the same names, as plain Python objects.

spaCy makes a token anew, and looks its strings up, with every question; the rules ask dozens of questions a word. Here each is
answered once. What the rules do not ask is not here; a spaCy Doc can stand wherever one of these does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, wraps
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    import spacy.tokens

Answer = TypeVar("Answer")
Features = dict[str, list[str]]

_STRINGS = ("ORTH", "LOWER", "LEMMA", "POS", "TAG", "DEP", "ENT_TYPE", "MORPH")
_NUMBERS = ("HEAD", "SENT_START", "ENT_IOB", "IS_PUNCT", "IS_SPACE", "SPACY")
_COLUMNS: list[int | str] = [*_STRINGS, *_NUMBERS]
_IOB = ("", "I", "O", "B")


class Token:
    """A word with its place in the tree; attributes as in spaCy, `morph` is a dict of lists, `memo` answers of `remembered`.

    Two tokens are equal only if they are the same.
    """

    __slots__ = (
        "children",
        "dep_",
        "doc",
        "ent_iob_",
        "ent_type_",
        "head",
        "i",
        "idx",
        "is_punct",
        "is_sent_start",
        "is_space",
        "lemma_",
        "lower_",
        "memo",
        "morph",
        "pos_",
        "sent",
        "tag_",
        "text",
        "whitespace_",
    )

    doc: Doc
    head: Token
    sent: Span
    children: list[Token]
    morph: Features
    memo: dict[Any, Any]
    i: int
    idx: int
    text: str
    lower_: str
    lemma_: str
    pos_: str
    tag_: str
    dep_: str
    ent_type_: str
    ent_iob_: str
    whitespace_: str
    is_punct: bool
    is_space: bool
    is_sent_start: bool

    def __len__(self) -> int:
        return len(self.text)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return self.text

    @property
    def lefts(self) -> list[Token]:
        """The children before the token."""
        return [c for c in self.children if c.i < self.i]

    @property
    def subtree(self) -> tuple[Token, ...]:
        """The token and all that hangs on it: left children, the token, right children, each with what hangs on it."""
        if "subtree" not in self.memo:
            left = [t for c in self.children if c.i < self.i for t in c.subtree]
            self.memo["subtree"] = (*left, self, *(t for c in self.children if c.i > self.i for t in c.subtree))
        found: tuple[Token, ...] = self.memo["subtree"]
        return found

    @property
    def left_edge(self) -> Token:
        """The first token of the subtree."""
        return min(self.subtree, key=lambda t: t.i)

    def nbor(self, offset: int = 1) -> Token:
        """The token so many places on."""
        return self.doc[self.i + offset]


class Span:
    """Tokens from start to end (excluded)."""

    __slots__ = ("doc", "end", "label_", "start")

    def __init__(self, doc: Doc, start: int, end: int, label: str = "") -> None:
        self.doc, self.start, self.end, self.label_ = doc, start, end, label

    def __iter__(self) -> Iterator[Token]:
        return iter(self.doc[self.start : self.end])

    def __len__(self) -> int:
        return self.end - self.start

    def __getitem__(self, place: int) -> Token:
        return self.doc[self.end + place if place < 0 else self.start + place]

    @property
    def text(self) -> str:
        """The words as they stand in the text."""
        return self.doc.text[self.start_char : self.end_char]

    @property
    def start_char(self) -> int:
        """Offset of the first character."""
        return self.doc[self.start].idx

    @property
    def end_char(self) -> int:
        """Offset behind the last character."""
        last = self.doc[self.end - 1]
        return last.idx + len(last.text)

    @property
    def root(self) -> Token:
        """The token nearest to the root of the tree, the first of several."""
        return min(self, key=_depth)


class Doc(list[Token]):
    """The tokens of a text.

    Attributes:
        text: all of it.
        ents: the names that the model found.
        sents: the sentences.
        user_data: what the rules keep with the document.
    """

    def __init__(self, doc: spacy.tokens.Doc) -> None:
        """A copy of a parsed document, which later changes to it do not reach."""
        super().__init__(Token() for _ in range(len(doc)))
        self.user_data: dict[Any, Any] = {}
        self._source = doc
        self._fill(doc)
        self.text = "".join([t.text + t.whitespace_ for t in self])
        starts = [t.i for t in self if t.is_sent_start or t.i == 0]
        self.sents = [Span(self, *bounds) for bounds in pairwise([*starts, len(self)])]
        for sent in self.sents:
            for token in sent:
                token.sent = sent
        self.ents = [Span(self, e.start, e.end, e.label_) for e in doc.ents]

    def _fill(self, doc: spacy.tokens.Doc) -> None:
        rows = doc.to_array(_COLUMNS)
        known = doc.vocab.strings
        strings = {key: known[key] for key in np.unique(rows[:, : len(_STRINGS)]).tolist()}
        offset = 0
        for i, (token, row) in enumerate(zip(self, rows.tolist(), strict=True)):
            text, lower, lemma, pos, tag, dep, name, morph, head, start, iob, punct, space, blank = row
            token.doc, token.i, token.idx, token.head = self, i, offset, self[i + _signed(head)]
            token.text, token.lower_, token.lemma_ = strings[text], strings[lower], strings[lemma]
            token.pos_, token.tag_, token.dep_ = strings[pos], strings[tag], strings[dep]
            token.ent_type_, token.ent_iob_, token.morph = strings[name], _IOB[iob], _features(strings[morph])
            token.is_punct, token.is_space, token.is_sent_start = bool(punct), bool(space), start == 1
            token.whitespace_ = " " if blank else ""
            offset += len(token.text) + blank
        self._hang()

    def _hang(self) -> None:
        """Gives all tokens their children, by their heads."""
        for token in self:
            token.children, token.memo = [], {}
        for token in self:
            if token.head is not token:
                token.head.children.append(token)

    def rewrite(self, heads: Sequence[int], deps: Sequence[str], pos: Sequence[str]) -> None:
        """Changes the tree: head, relation and part of speech of each token. Sentences stay as they are."""
        for token, head, dep, tag in zip(self, heads, deps, pos, strict=True):
            token.head, token.dep_, token.pos_ = self[head], dep, tag
        self._hang()

    def words(self, start: int, end: int) -> str:
        """The tokens from start to end (excluded) as they stand in the text."""
        return Span(self, start, end).text if start < end else ""

    def char_span(self, start: int, end: int, alignment_mode: str = "strict") -> Span | None:
        """The tokens of a stretch of characters; None if there are none."""
        span = self._source.char_span(start, end, alignment_mode=alignment_mode)
        return Span(self, span.start, span.end) if span is not None else None

    def has_annotation(self, name: str) -> bool:
        """Whether spaCy's Doc has it."""
        return bool(self._source.has_annotation(name))


def remembered(question: Callable[[Token], Answer]) -> Callable[[Token], Answer]:
    """A function of a token that answers once and remembers it until the tree changes. Nobody may change the answer."""

    @wraps(question)
    def answer(token: Token) -> Answer:
        try:
            known: Answer = token.memo[question]
        except KeyError:
            known = token.memo[question] = question(token)
        return known

    return answer


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _depth(token: Token) -> int:
    depth = 0
    while token.head is not token:
        token, depth = token.head, depth + 1
    return depth


@lru_cache(maxsize=4096)
def _features(text: str) -> Features:
    """'Case=Acc|Number=Sing' by attribute."""
    pairs = (part.partition("=") for part in text.split("|") if "=" in part)
    return {name: values.split(",") for name, _, values in pairs}
