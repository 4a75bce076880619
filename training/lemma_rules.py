"""Lemma edit rules from pairs of form and lemma; `kg.lemmas.apply` is the inverse."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from kg.lemmas import apply

SHORTEST = 2  # common letters of form and lemma, for an edit rule to say anything


@lru_cache(maxsize=200_000)
def derive(form: str, lemma: str) -> str:
    """The first rule, from general to special, that makes the lemma of the form; the whole lemma if none does."""
    return next((rule for rule in _candidates(form, lemma) if apply(form, rule) == lemma), f"W:{lemma}")


def _candidates(form: str, lemma: str) -> Iterator[str]:
    low, target = form.lower(), lemma.lower()
    match = SequenceMatcher(None, low, target, autojunk=False).find_longest_match()
    if match.size == 0 or (match.size < SHORTEST and len(target) > SHORTEST):
        return
    case = _case(lemma)
    for syllable in ("ge", "zu"):
        yield from _inner(low, target, syllable, case)
    end, end_target = match.a + match.size, match.b + match.size
    yield f"E{match.a},{target[: match.b]}|{len(low) - end},{target[end_target:]}|{case}"


def _case(lemma: str) -> str:
    if lemma.isupper() and len(lemma) > 1:
        return "A"
    return "U" if lemma[:1].isupper() else "L"


def _inner(low: str, target: str, syllable: str, case: str) -> Iterator[str]:
    """The rule that drops the syllable inside a participle or infinitive: 'abgelehnt' to 'ablehnen'."""
    at = low.find(syllable, 1)
    if at < 1 or not target.startswith(low[:at]):
        return
    rest, wanted = low[at + 2 :], target[at:]
    same = next((i for i, (a, b) in enumerate(zip(rest, wanted, strict=False)) if a != b), min(len(rest), len(wanted)))
    if same >= SHORTEST:
        yield f"I{syllable}|{len(rest) - same}|{wanted[same:]}|{case}"
