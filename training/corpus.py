"""Annotated sentences: reading CoNLL-U trees and two-column names, plain or xz-compressed."""

from __future__ import annotations

import lzma
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TRANSFER = frozenset({"nl", "en", "sv", "da"})  # sources in related languages
OPENING, CLOSING = frozenset("([{„»‚«"), frozenset(".,;:!?)]}%“”’…")


@dataclass(frozen=True, slots=True)
class Sample:
    """A sentence; the columns it is not annotated with are empty.

    Attributes:
        spaces: whether white space stands before each word.
        article: `sent_id`, for news the number and headline of the article.
        heads: 0 is the root, i + 1 the word i.
    """

    source: str
    article: str
    forms: tuple[str, ...]
    spaces: tuple[bool, ...]
    lemmas: tuple[str, ...] = ()
    upos: tuple[str, ...] = ()
    xpos: tuple[str, ...] = ()
    feats: tuple[str, ...] = ()
    heads: tuple[int, ...] = ()
    labels: tuple[str, ...] = ()
    ner: tuple[str, ...] = ()

    def names_only(self) -> Sample:
        """The sentence without its tree and tags."""
        return Sample(self.source, self.article, self.forms, self.spaces, ner=self.ner)


def read_text(path: Path) -> str:
    """A text file, or an xz-compressed one."""
    return lzma.open(path, "rt", encoding="utf-8").read() if path.suffix == ".xz" else path.read_text("utf-8")


def read_trees(path: Path) -> list[Sample]:
    """The sentences of a CoNLL-U file without multiword tokens, with names where the last column has `NER=`."""
    return [_tree(block) for block in read_text(path).strip().split("\n\n") if "\n1\t" in block]


def _tree(block: str) -> Sample:
    lines = block.split("\n")
    comments = dict(line[2:].split(" = ", 1) for line in lines if line.startswith("# ") and " = " in line)
    rows = [line.split("\t") for line in lines if line[:1].isdigit()]
    misc = [dict(part.split("=", 1) for part in row[9].split("|") if "=" in part) for row in rows]
    after = [m.get("SpaceAfter") != "No" for m in misc]
    source = comments.get("source", "")
    return Sample(
        source=source,
        article=comments.get("sent_id", ""),
        forms=tuple(row[1] for row in rows),
        spaces=(True, *after[:-1]),
        lemmas=tuple(row[2] for row in rows),
        upos=tuple(row[3] for row in rows),
        xpos=tuple(row[4] for row in rows),
        feats=tuple("" if row[5] == "_" else row[5] for row in rows),
        heads=tuple(int(row[6]) for row in rows),
        labels=tuple(harmonise(row[7], row[3], row[5], source) for row in rows),
        ner=tuple(m["NER"] for m in misc) if misc and "NER" in misc[0] else (),
    )


def harmonise(label: str, upos: str, feats: str, source: str) -> str:
    """The label as German UD uses it: dative objects are `obl:arg`, possessive pronouns `det:poss`."""
    if source not in TRANSFER:
        return label
    if label == "iobj":
        return "obl:arg"
    return "det:poss" if label == "nmod" and upos == "PRON" and "Poss=Yes" in feats else label


def read_names(path: Path) -> list[Sample]:
    """The sentences of a file with two columns (token, BIO tag); their spacing is guessed."""
    return [_named(block) for block in read_text(path).strip().split("\n\n") if block.strip()]


def _named(block: str) -> Sample:
    lines = block.split("\n")
    source = next((line[11:] for line in lines if line.startswith("# source = ")), "")
    rows = [line.split("\t") for line in lines if "\t" in line]
    forms = tuple(row[0] for row in rows)
    return Sample(source, "", forms, guess_spaces(forms), ner=tuple(row[1] for row in rows))


def guess_spaces(forms: Sequence[str]) -> tuple[bool, ...]:
    """Whether white space stands before each word, by the punctuation; straight quotation marks open and close in turn."""
    spaces: list[bool] = []
    glue = inside = False
    for form in forms:
        closes = form == '"' and inside
        spaces.append(not (glue or closes or form in CLOSING) or not spaces)
        glue = form in OPENING or (form == '"' and not inside)
        inside ^= form == '"'
    return tuple(spaces)
