"""From scores to structures: maximum spanning trees and best tag sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.intp]

FORBIDDEN = -1e9


def tree(scores: Floats) -> Ints:
    """The best dependency tree with exactly one root.

    Args:
        scores: (n, n + 1), of each word's heads; column 0 is the root, column i + 1 the word i.

    Returns:
        (n,) heads: 0 is the root, i + 1 the word i.
    """
    n = len(scores)
    matrix = np.full((n + 1, n + 1), FORBIDDEN)
    matrix[1:] = scores
    np.fill_diagonal(matrix, FORBIDDEN)
    greedy: Ints = matrix.argmax(1)
    greedy[0] = 0
    if (greedy[1:] == 0).sum() == 1 and not _cycle(greedy).size:
        return greedy[1:]
    # a price on the root that no gain outweighs leaves one word under it
    matrix[1:, 0] -= 1e6
    return _edmonds(matrix)[1:]


def _cycle(heads: Ints) -> Ints:
    """The nodes of one cycle, empty if there is none. Node 0 is the root and its own head."""
    reach = heads
    for _ in range(max(1, len(heads).bit_length())):
        reach = reach[reach]
    node = int(reach.max())
    if node == 0:
        return np.empty(0, dtype=np.intp)
    members = [node]
    while int(heads[members[-1]]) != node:
        members.append(int(heads[members[-1]]))
    return np.array(sorted(members), dtype=np.intp)


def _edmonds(matrix: Floats) -> Ints:
    """Chu-Liu/Edmonds: heads of the best arborescence; `matrix[dependent, head]`, node 0 the root."""
    heads: Ints = matrix.argmax(1)
    heads[0] = 0
    cycle = _cycle(heads)
    if not cycle.size:
        return heads
    outside = np.ones(len(matrix), dtype=bool)
    outside[cycle] = False
    rest = outside.nonzero()[0]
    small, leave, enter = _contract(matrix, heads, cycle, rest)
    return _expand(_edmonds(small), heads, cycle, rest, leave, enter)


def _contract(matrix: Floats, heads: Ints, cycle: Ints, rest: Ints) -> tuple[Floats, Ints, Ints]:
    """The graph with the cycle as its last node; for each other node, the cycle's node that the best arc leaves and enters."""
    m = len(rest)
    small = np.empty((m + 1, m + 1))
    small[:m, :m] = matrix[rest[:, None], rest]
    out = matrix[rest[:, None], cycle]
    gain = matrix[cycle[:, None], rest] - matrix[cycle, heads[cycle]][:, None]
    small[:m, m], small[m, :m] = out.max(1), gain.max(0)
    small[0, m] = small[m, m] = FORBIDDEN
    return small, cycle[out.argmax(1)], cycle[gain.argmax(0)]


def _expand(small: Ints, heads: Ints, cycle: Ints, rest: Ints, leave: Ints, enter: Ints) -> Ints:
    """The heads of the whole graph from those of the contracted one."""
    m = len(rest)
    full = heads.copy()
    inside = small[:m] == m
    full[rest] = np.where(inside, leave, rest[np.minimum(small[:m], m - 1)])
    full[0] = 0
    full[enter[small[m]]] = rest[small[m]]
    return full


def viterbi(scores: Floats, transitions: Floats, start: Floats) -> Ints:
    """The best tag sequence.

    Args:
        scores: (n, tags), log-probabilities up to a constant of each row.
        transitions: (tags, tags), from row to column.
        start: (tags,).

    Returns:
        (n,) tags.
    """
    best, back = scores[0] + start, []
    for row in scores[1:]:
        paths = best[:, None] + transitions
        back.append(paths.argmax(0))
        best = paths.max(0) + row
    tags = [int(best.argmax())]
    for step in reversed(back):
        tags.append(int(step[tags[-1]]))
    return np.array(tags[::-1], dtype=np.intp)


def best_tags(scores: Floats, bounds: Sequence[tuple[int, int]], transitions: Floats, start: Floats) -> Ints:
    """The best allowed tag sequences of sentences in one row; transitions and starts are free (0) or forbidden.

    Args:
        scores: (places, tags), see `viterbi`.
        bounds: first and last place (excluded) of each sentence.

    Returns:
        (places,) tags; of places in no sentence any.
    """
    tags: Ints = scores.argmax(1)
    first = np.zeros(len(tags), dtype=bool)
    first[[a for a, _ in bounds]] = True
    costs = np.where(first, start[tags], transitions[np.roll(tags, 1), tags])
    wrong = np.concatenate([[0], np.cumsum(costs < 0)])
    # the best tags of all words are the best sequence wherever they are allowed
    for a, b in bounds:
        if wrong[b] > wrong[a]:
            tags[a:b] = viterbi(scores[a:b], transitions, start)
    return tags


def bio_transitions(labels: Sequence[str]) -> tuple[Floats, Floats]:
    """Transition and start scores that let 'I-X' only follow 'B-X' and 'I-X'."""

    def broken(old: str, new: str) -> bool:
        return new[0] == "I" and (old[0] == "O" or old[2:] != new[2:])

    table = np.array([[FORBIDDEN if broken(old, new) else 0.0 for new in labels] for old in labels])
    start = np.array([FORBIDDEN if label[0] == "I" else 0.0 for label in labels])
    return table, start


def spans(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """(start, end, type) of the BIO spans."""
    found: list[tuple[int, int, str]] = []
    for i, tag in enumerate(tags):
        if tag[0] == "B":
            found.append((i, i + 1, tag[2:]))
        elif tag[0] == "I" and found:
            start, _, kind = found[-1]
            found[-1] = (start, i + 1, kind)
    return found
