"""The case piles of tests/cases: own-written sentences with the facts they state, and those they do not."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg.model import Extraction, Fact

CASES = Path(__file__).parent / "cases"


def load(name: str) -> list[Any]:
    cases = tomllib.loads((CASES / f"{name}.toml").read_text("utf-8")).get("case", [])
    return [pytest.param(case, id=case["name"]) for case in cases]


def names(entity: Any) -> set[str]:
    return {entity.name, *entity.names} if entity is not None else {"-"}


def says(fact: Fact, wanted: str) -> bool:
    """Whether a fact says what a line of a case says; an object may be a longer phrase with the same head words."""
    parts = [p.strip() for p in wanted.split("|")]
    subject, relation, obj = parts[:3]
    slots = [fact.status, fact.time.iso if fact.time else "-", fact.place.name if fact.place else "-"]
    return (
        fact.relation == relation
        and any(n == subject or n.startswith(subject) for n in names(fact.subject))
        and any(n == obj or n.startswith(obj + " ") or n.endswith(" " + obj) for n in names(fact.object))
        and all(a == b for a, b in zip(parts[3:], slots, strict=False))
    )


def check(case: dict[str, Any], read: Callable[..., Extraction]) -> None:
    facts = read(case["text"], case.get("date", "2023-05-10")).facts
    lines = "\n".join(
        f"{f.subject and f.subject.name} | {f.relation} | {f.object and f.object.name} | {f.status} | {f.rule}" for f in facts
    )
    for wanted in case.get("facts", []):
        assert any(says(f, wanted) for f in facts), f"not found: {wanted}\nfound:\n{lines}"
    for unwanted in case.get("never", []):
        assert not any(says(f, unwanted) for f in facts), f"found: {unwanted}\nall:\n{lines}"


TOLD = ("seed_paraphrases", "wild", "synthetic", "backing", "taken_up", "verbal")


@pytest.mark.parametrize("case", [case for pile in TOLD for case in load(pile)])
def test_stated_facts_are_found(case: dict[str, Any], read: Callable[..., Extraction]) -> None:
    assert case["facts"]
    check(case, read)


@pytest.mark.parametrize("case", load("negative"))
def test_facts_that_are_not_stated_are_not_found(case: dict[str, Any], read: Callable[..., Extraction]) -> None:
    assert case["never"]
    check(case, read)


@pytest.mark.xfail(strict=True, reason="known failure")
@pytest.mark.parametrize("case", load("known_failures"))
def test_known_failures(case: dict[str, Any], read: Callable[..., Extraction]) -> None:
    check(case, read)
