"""Own-written sentences: `annotate` a list by the present model, `show` the trees, `correct` them by a list of corrections.

A list has one sentence a line, names in brackets: `Die [ORG Deutsche Umwelthilfe] klagt in [LOC Kassel].`
A correction is a line `SENTENCE WORD key=value ...` with the numbers that `show` prints; keys: `head`, `rel`, `upos`, `lemma`,
`ner` (O, B-ORG, I-ORG ...), or a feature (`Case=Dat`; an empty value removes it). `SENTENCE delete` deletes a sentence,
`SENTENCE ok` notes that it was read and is right as it stands.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from spacy.tokens import Doc

import kg.nlp
from kg import tokens
from kg.lemmas import Lemmatizer
from kg.parser import Network

NAME = re.compile(r"\[(PER|ORG|LOC|MISC) ([^\]]+)\]")
COLUMNS = {"lemma": 2, "upos": 3, "head": 6, "rel": 7}
HEADER = re.compile(r"# (\w+) = (.*)")


def annotate(source: Path, model: Path | None) -> str:
    """The sentences of a list as CoNLL-U, names by their brackets, the rest by the model."""
    nlp = kg.nlp.load("de")
    analyse = nlp.get_pipe("polgraph_de")
    if model:
        rules = tokens.read_rules("de")
        analyse = kg.nlp.Analyser(nlp.vocab, Network(model, rules), Lemmatizer(rules))
    lines = [line.strip() for line in source.read_text("utf-8").splitlines() if line.strip()]
    blocks = []
    for number, line in enumerate(lines, 1):
        text, names = plain(line)
        doc = nlp.tokenizer(text)
        for token in doc:
            token.is_sent_start = token.i == 0
        blocks.append(block(analyse(doc), f"{source.stem}-{number}", bio(doc, names, number)))
    return "\n".join(blocks)


def plain(line: str) -> tuple[str, list[tuple[int, int, str]]]:
    """A line without its brackets, and the (start, end, type) of the names in characters."""
    text, names, last = "", [], 0
    for found in NAME.finditer(line):
        text += line[last : found.start()]
        names.append((len(text), len(text) + len(found[2]), found[1]))
        text, last = text + found[2], found.end()
    return text + line[last:], names


def bio(doc: Doc, names: list[tuple[int, int, str]], number: int) -> list[str]:
    """The tags of the names, which must begin and end with words."""
    tags = ["O"] * len(doc)
    for start, end, kind in names:
        span = doc.char_span(start, end)
        if span is None:
            words = " ".join(token.text for token in doc)
            sys.exit(f"sentence {number}: {doc.text[start:end]!r} does not begin and end with words: {words}")
        for i in range(span.start, span.end):
            tags[i] = f"{'B' if i == span.start else 'I'}-{kind}"
    return tags


def block(doc: Doc, name: str, ner: list[str]) -> str:
    """A sentence as CoNLL-U."""
    rows = [f"# source = own\n# sent_id = {name}\n# read = no\n# corrected = 0\n# text = {doc.text}"]
    for t in doc:
        head = 0 if t.head.i == t.i else t.head.i + 1
        label = "root" if head == 0 else t.dep_
        misc = f"NER={ner[t.i]}" + ("" if t.whitespace_ or t.i + 1 == len(doc) else "|SpaceAfter=No")
        values = (t.i + 1, t.text, t.lemma_, t.pos_, t.tag_, str(t.morph) or "_", head, label, "_", misc)
        rows.append("\t".join(map(str, values)))
    return "\n".join(rows) + "\n"


class Sentence:
    """A block of CoNLL-U that can be corrected."""

    def __init__(self, text: str) -> None:
        lines = text.strip().split("\n")
        self.header = {found[1]: found[2] for line in lines if (found := HEADER.match(line))}
        self.rows = [line.split("\t") for line in lines if not line.startswith("#")]

    @property
    def number(self) -> int:
        """What corrections name it by."""
        return int(self.header["sent_id"].rsplit("-", 1)[1])

    def __str__(self) -> str:
        return "\n".join([*(f"# {k} = {v}" for k, v in self.header.items()), *("\t".join(row) for row in self.rows)]) + "\n"

    def correct(self, word: int, changes: list[str]) -> None:
        """Takes in the changes of a word."""
        row = self.rows[word - 1]
        before = list(row)
        for change in changes:
            key, _, value = change.partition("=")
            if key in COLUMNS:
                row[COLUMNS[key]] = value
            elif key == "ner":
                row[9] = re.sub("NER=[^|]+", f"NER={value}", row[9])
            else:
                row[5] = with_feature(row[5], key, value)
        self.header["corrected"] = str(int(self.header["corrected"]) + (row != before))
        self.header["read"] = "yes"

    def problems(self) -> Iterator[str]:
        """What no tree may have: no root, two roots, cycles, heads outside."""
        heads = [int(row[6]) for row in self.rows]
        if heads.count(0) != 1:
            yield f"{heads.count(0)} roots"
        if any(head > len(heads) for head in heads):
            yield "a head outside the sentence"
        elif any(self._loops(heads, i) for i in range(len(heads))):
            yield "a cycle"
        if any((row[6] == "0") != (row[7] == "root") for row in self.rows):
            yield "root with another label, or the label root elsewhere"

    @staticmethod
    def _loops(heads: list[int], i: int) -> bool:
        for _ in heads:
            if heads[i] == 0:
                return False
            i = heads[i] - 1
        return True

    def lines(self) -> Iterator[str]:
        """The tree for a reader."""
        yield f"## {self.number}  {self.header['text']}"
        for row in self.rows:
            case = re.search(r"Case=(\w+)", row[5])
            name = re.search(r"NER=([^|]+)", row[9])
            head = self.rows[int(row[6]) - 1][1] if row[6] != "0" else "-"
            marks = [row[3], case[1] if case else "", name[1] if name and name[1] != "O" else ""]
            yield f"{row[0]} {row[1]} [{row[2]}] {' '.join(filter(None, marks))} {row[7]} {row[6]}:{head}"


def with_feature(feats: str, key: str, value: str) -> str:
    """A features column with one of its attributes set, or removed if the value is empty."""
    values = dict(part.split("=", 1) for part in feats.split("|") if "=" in part) | {key: value}
    return "|".join(f"{k}={v}" for k, v in sorted(values.items(), key=lambda item: item[0].lower()) if v) or "_"


def read(path: Path) -> list[Sentence]:
    """The sentences of a file."""
    return [Sentence(text) for text in path.read_text("utf-8").strip().split("\n\n")]


def correct(path: Path, corrections: str) -> None:
    """Applies corrections to a file; if one cannot be applied, nothing is."""
    sentences = {s.number: s for s in read(path)}
    for line in filter(None, map(str.strip, corrections.splitlines())):
        parts = line.split()
        try:
            sentence = sentences[int(parts[0])]
            if parts[1] == "delete":
                del sentences[sentence.number]
            elif parts[1] == "ok":
                sentence.header["read"] = "yes"
            else:
                sentence.correct(int(parts[1]), parts[2:])
        except (KeyError, ValueError, IndexError):
            sys.exit(f"cannot apply: {line}")
    if bad := [f"{s.number}: {problem}" for s in sentences.values() for problem in s.problems()]:
        sys.exit("not applied, these would be no trees:\n" + "\n".join(bad))
    path.write_text("\n".join(map(str, sentences.values())), "utf-8")


def summary(path: Path) -> str:
    """How much of a file was read and corrected."""
    sentences = read(path)
    seen = sum(s.header["read"] == "yes" for s in sentences)
    words = sum(int(s.header["corrected"]) for s in sentences)
    changed = sum(s.header["corrected"] != "0" for s in sentences)
    size = sum(len(s.rows) for s in sentences)
    return f"{path.name}: {len(sentences)} sentences, {seen} read, {changed} of them corrected, in {words} words of {size}"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("annotate", "show", "correct", "summary"):
        command = commands.add_parser(name)
        command.add_argument("file", type=Path)
        if name == "annotate":
            command.add_argument("--model", type=Path)
        if name == "show":
            command.add_argument("bounds", type=int, nargs="*", default=[1, 10**9])
        if name == "correct":
            command.add_argument("corrections", type=Path)
    options = parser.parse_args()
    if options.command == "annotate":
        options.file.with_suffix(".conllu").write_text(annotate(options.file, options.model), "utf-8")
    elif options.command == "show":
        first, last = options.bounds
        print("\n".join(line for s in read(options.file) if first <= s.number <= last for line in s.lines()))
    elif options.command == "correct":
        correct(options.file, options.corrections.read_text("utf-8"))
    print(summary(options.file.with_suffix(".conllu")), file=sys.stderr)


if __name__ == "__main__":
    main()
