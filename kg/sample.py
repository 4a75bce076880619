"""Coding sheets: facts drawn for checking by hand, written as CSV, and what a coded sheet says of the precision.

Which facts are drawn depends on the seed and on the facts' ids alone, so that everyone who has the graph draws the same.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import IO, Any

from kg.errors import KgError

SHEET_COLUMNS = (
    "id", "article", "article_date", "stratum", "stratum_size", "before", "sentence", "after", "subject", "relation", "object",
    "content", "status", "source", "date", "place", "confidence", "correct", "comment",
)  # fmt: skip
ANSWERS = ("yes", "no", "partly")
Z95 = 1.959963984540054  # quantile of the normal distribution that leaves 2.5 % above
CONTEXT = 240  # characters of the article that a sheet shows before and after the evidence
ALL = "all"

Row = Mapping[str, Any]


# Drawing


def draw(facts: Iterable[Row], n: int, seed: int = 1, per: str | None = None) -> list[dict[str, Any]]:
    """Draws facts without replacement.

    Args:
        facts: as `Store.facts` gives them; each has `iri`.
        n: how many; all, if there are fewer.
        seed: another seed draws others.
        per: None: every fact has the same chance; a key of the facts ('relation', 'status'): its values share `n` as evenly
            as their sizes allow, so that rare ones can be judged too.

    Returns:
        The facts with `stratum` and `stratum_size` (how many facts it stands for), by article and place in the text.
    """
    strata: dict[str, list[Row]] = defaultdict(list)
    for fact in facts:
        strata[str(fact[per]) if per else ALL].append(fact)
    shares = share_out(n, {name: len(found) for name, found in strata.items()})
    drawn = [
        {**fact, "stratum": name, "stratum_size": len(strata[name])}
        for name in sorted(strata)
        for fact in sorted(strata[name], key=lambda f: _lot(seed, f["iri"]))[: shares[name]]
    ]
    return sorted(drawn, key=lambda f: (f["article"], f["span"][0], f["iri"]))


def _lot(seed: int, id: str) -> str:
    return hashlib.sha256(f"{seed}\0{id}".encode()).hexdigest()


def share_out(n: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """Shares of `n`, as even as sizes allow; what cannot be shared evenly goes to the larger ones, then by name."""
    shares, left = dict.fromkeys(sizes, 0), n
    while left and (open := [name for name in sizes if shares[name] < sizes[name]]):
        each = max(left // len(open), 1)
        for name in sorted(open, key=lambda s: (-sizes[s], s)):
            given = min(each, sizes[name] - shares[name], left)
            shares[name] += given
            left -= given
    return shares


def write_sheet(facts: Iterable[Row], texts: Mapping[str, str], out: IO[str]) -> None:
    """Writes a coding sheet with `SHEET_COLUMNS`; `correct` (yes, no, partly) and `comment` are empty.

    Args:
        facts: as `draw` gives them.
        texts: article IRI -> its text, into which the offsets of the evidence point.
        out: a text stream; open files with `newline=""`.

    Cells that a spreadsheet would run as formulas get an apostrophe in front.
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(SHEET_COLUMNS)
    writer.writerows([safe(value) for value in _cells(fact, texts.get(fact["article_iri"], ""))] for fact in facts)


def safe(value: Any) -> Any:
    """A cell on one line that no spreadsheet runs as a formula."""
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _cells(fact: Row, text: str) -> list[Any]:
    before, after = context(text, *fact["span"])
    name: Callable[[str], Any] = lambda slot: (fact[slot] or {}).get("name")  # noqa: E731
    return [
        fact["iri"], fact["article"], fact["article_date"], fact["stratum"], fact["stratum_size"],
        before, fact["evidence"], after, name("subject"), fact["relation"], name("object"),
        " | ".join(e["name"] for e in fact["alt_objects"]),
        fact["status"], name("source"), fact["date"], name("place"), fact["confidence"], "", "",
    ]  # fmt: skip


def context(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after a passage, at most `CONTEXT` characters each, cut at blanks, on one line."""
    before, after = text[max(start - CONTEXT, 0) : start], text[end : end + CONTEXT]
    if start > CONTEXT:
        before = "… " + before.partition(" ")[2]
    if end + CONTEXT < len(text):
        after = after.rpartition(" ")[0] + " …"
    return " ".join(before.split()), " ".join(after.split())


# Reading back


@dataclass(frozen=True, slots=True)
class Estimate:
    """A precision estimated from coded facts.

    Attributes:
        coded, right, partly: how many facts were judged, are right, are right in part (which counts as not right).
        precision: share of right ones, weighted by the strata's sizes if the sample is stratified.
        low, high: 95 % interval (Wilson).
    """

    coded: int
    right: int
    partly: int
    precision: float
    low: float
    high: float

    def record(self) -> dict[str, Any]:
        """The JSON shape."""
        shares = {name: round(getattr(self, name), 4) for name in ("precision", "low", "high")}
        return {"coded": self.coded, "right": self.right, "partly": self.partly, **shares}


@dataclass(frozen=True, slots=True)
class SheetReport:
    """What a coded sheet says: estimates overall and by relation, and how many rows nobody has judged."""

    overall: Estimate
    relations: Mapping[str, Estimate]
    weighted: bool
    uncoded: int

    def record(self) -> dict[str, Any]:
        """The JSON shape."""
        relations = {name: found.record() for name, found in self.relations.items()}
        return {"overall": self.overall.record(), "relations": relations, "weighted": self.weighted, "uncoded": self.uncoded}


def read_sheet(path: Path) -> list[dict[str, str]]:
    """The rows of a coded sheet, its separator (comma, semicolon or tab) found out, answers in lower case.

    Raises:
        KgError: it cannot be read, lacks a column, or holds an answer other than yes, no, partly.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise KgError(f"cannot be read: {error}", where=str(path), hint="a CSV file in UTF-8 is expected") from error
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    read = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    rows = [{k: v or "" for k, v in row.items() if k} for row in read]
    for number, row in enumerate(rows, 1):
        if missing := [c for c in ("relation", "correct") if c not in row]:
            raise KgError(f"no column {missing[0]!r}", where=str(path), hint="write one with: kg sample")
        row["correct"] = row["correct"].strip().lower()
        if row["correct"] not in (*ANSWERS, ""):
            hint = f"one of {', '.join(ANSWERS)}, or empty"
            raise KgError(f"unknown answer {row['correct']!r}", where=f"{path}: fact {number}", hint=hint)
    return rows


def judge_sheet(rows: Sequence[Mapping[str, str]]) -> SheetReport:
    """The precision that the coded rows of a sheet show.

    Raises:
        KgError: no row is coded, or a stratum's size is no number.
    """
    coded = [row for row in rows if row["correct"]]
    if not coded:
        raise KgError("no fact is judged", hint="write yes, no or partly into the column 'correct'")
    relations = sorted({row["relation"] for row in coded})
    by_relation = {name: estimate([r for r in coded if r["relation"] == name]) for name in relations}
    weighted = len({row.get("stratum", "") for row in coded}) > 1
    return SheetReport(estimate(coded), by_relation, weighted, len(rows) - len(coded))


def estimate(coded: Sequence[Mapping[str, str]]) -> Estimate:
    """The precision of judged rows; several strata are weighted by the facts that they stand for."""
    strata: dict[str, list[bool]] = defaultdict(list)
    sizes: dict[str, int] = {}
    for row in coded:
        name = row.get("stratum", "")
        strata[name].append(row["correct"] == "yes")
        sizes[name] = _size(row)
    counts = {name: (sum(answers), len(answers)) for name, answers in strata.items()}
    right, n = sum(r for r, _ in counts.values()), len(coded)
    partly = sum(row["correct"] == "partly" for row in coded)
    if len(counts) == 1:
        return Estimate(n, right, partly, right / n, *wilson(right / n, n))
    share, effective = stratified(counts, sizes)
    return Estimate(n, right, partly, share, *wilson(share, effective))


def _size(row: Mapping[str, str]) -> int:
    text = row.get("stratum_size", "").strip()
    if text and not text.isdecimal():
        raise KgError(f"a stratum of {text!r} facts", hint="leave the column 'stratum_size' as kg sample wrote it")
    return max(int(text or 1), 1)


def wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 % score interval of Wilson for a share of `n` observations, which need not be whole."""
    if n <= 0:
        return 0.0, 1.0
    z2 = Z95 * Z95
    middle, width = (share + z2 / (2 * n)) / (1 + z2 / n), Z95 / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(middle - width, 0.0), min(middle + width, 1.0)


def stratified(counts: Mapping[str, tuple[int, int]], sizes: Mapping[str, int]) -> tuple[float, float]:
    """The share in the population of strata, and the size of a simple sample that would be as certain.

    Args:
        counts: stratum -> (right, judged).
        sizes: stratum -> facts that it stands for.

    Shares within the strata are drawn towards one half here (Agresti and Coull): no error seen does not mean no error.
    """
    total = sum(sizes[name] for name in counts)
    parts = [(sizes[name] / total, right, n) for name, (right, n) in counts.items()]
    drawn = [(weight, (right + 2) / (n + 4), n) for weight, right, n in parts]
    middle = sum(weight * share for weight, share, _ in drawn)
    variance = sum(weight**2 * share * (1 - share) / n for weight, share, n in drawn)
    return sum(weight * right / n for weight, right, n in parts), middle * (1 - middle) / variance
