"""Room for what is drawn: boxes of nodes and words pushed apart, parts of a network fitted beside each other.

Lengths are pixels at zoom 1, y grows downward.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Points = np.ndarray[Any, np.dtype[np.float64]]

MOST = 600  # boxes that are pushed apart: a step costs their square
WORDED = 200  # links whose words take part
GAP = 10.0
PART_GAP = 40.0
STEPS = 250
STILL = 0.1  # pixels: a step that moves nothing further than this is the last
GRID = 24.0
MANY = 60  # parts up to which each is fitted into free room


@dataclass(frozen=True, slots=True)
class Box:
    """The room a node takes: width and height with its label, and how far the middle lies below the node's own point."""

    width: float
    height: float
    drop: float = 0.0


@dataclass(frozen=True, slots=True)
class Link:
    """A line between two boxes (indices).

    Attributes:
        label: width of the words on it, 0 for none.
        bend: how far the middle of the line lies off the straight one, as a share of its length, to the left of source -> target.
    """

    source: int
    target: int
    label: float = 0.0
    bend: float = 0.0


def separate(
    places: Points, boxes: Sequence[Box], links: Sequence[Link], mobile: Points | None = None, *, steps: int = STEPS
) -> Points:
    """Pushes boxes apart, words of links included, and nodes off the lines that pass them.

    Args:
        places: array of shape (len(boxes), 2).
        boxes, links: what is drawn.
        mobile: for each box how readily it moves, 0 to 1; None: all do.
        steps: how often they are pushed at most.

    Returns:
        New places; the old ones where there are more than `MOST` boxes.
    """
    if len(boxes) < 2 or len(boxes) > MOST:
        return places
    mobile = np.ones(len(boxes)) if mobile is None else mobile
    labelled = [k for k in links if k.label] if len(links) <= WORDED else []
    ends = np.array([[k.source, k.target] for k in labelled], dtype=int).reshape(-1, 2)
    bends = np.array([k.bend for k in labelled])
    half = np.array([[b.width / 2, b.height / 2] for b in boxes] + [[k.label / 2, 9.0] for k in labelled]) + GAP / 2
    drop = np.array([[0.0, b.drop] for b in boxes])
    places = places.copy()
    own = _own(len(boxes), ends)
    for step in range(min(steps, STEPS)):
        centres = np.vstack([places + drop, _middles(places, ends, bends)])
        push = _overlap_push(centres, half, own)
        moves = push[: len(boxes)] + _end_push(centres, half, ends, len(boxes))
        np.add.at(moves, ends[:, 0], push[len(boxes) :] / 2)
        np.add.at(moves, ends[:, 1], push[len(boxes) :] / 2)
        if len(labelled) and step < steps * 0.8:
            moves += _line_push(places + drop, ends, half[: len(boxes)])
        places += 0.5 * moves * mobile[:, None]
        if not np.abs(moves * mobile[:, None]).max() > STILL:
            break
    return places


def _own(size: int, ends: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Whether two of the boxes are a link's words and one of its ends."""
    own = np.zeros((size + len(ends), size + len(ends)), dtype=bool)
    words = size + np.arange(len(ends))
    for side in (0, 1):
        own[words, ends[:, side]] = own[ends[:, side], words] = True
    return own


def _end_push(centres: Points, half: Points, ends: np.ndarray[Any, Any], size: int) -> Points:
    """How the two ends of a link make room for its words: away from each other, along the shorter way."""
    short = [half[size:] + half[ends[:, i]] - np.abs(centres[size:] - centres[ends[:, i]]) for i in (0, 1)]
    covered = (short[0] > 0).all(axis=1) | (short[1] > 0).all(axis=1)
    lack = np.maximum(short[0], short[1])
    lack = np.where((lack == lack.min(axis=1, keepdims=True)) & covered[:, None], lack, 0.0)
    away = lack * _away(centres[ends[:, 0]] - centres[ends[:, 1]], ends[:, :1] - ends[:, 1:])
    push = np.zeros((size, 2))
    np.add.at(push, ends[:, 0], away)
    np.add.at(push, ends[:, 1], -away)
    return push


def _middles(places: Points, ends: np.ndarray[Any, Any], bends: Points) -> Points:
    """Where the labels of links stand."""
    along = places[ends[:, 1]] - places[ends[:, 0]]
    left = np.column_stack([along[:, 1], -along[:, 0]])
    return np.asarray((places[ends[:, 0]] + places[ends[:, 1]]) / 2 + left * bends[:, None])


def _overlap_push(centres: Points, half: Points, own: np.ndarray[Any, Any]) -> Points:
    """For each box, how to leave those that it overlaps, along the shorter way out; words and their ends settle it apart."""
    (x, y), (wide, high) = centres.T, half.T
    across, down = x[:, None] - x, y[:, None] - y
    left, up = wide[:, None] + wide - np.abs(across), high[:, None] + high - np.abs(down)
    over = (left > 0) & (up > 0) & ~own
    np.fill_diagonal(over, False)
    one, other = np.nonzero(over)  # few of all pairs
    sideways = left[one, other] < up[one, other]
    push = np.zeros_like(centres)
    np.add.at(push[:, 0], one, _away(across[one, other], one - other) * left[one, other] * sideways / 2)
    np.add.at(push[:, 1], one, _away(down[one, other], one - other) * up[one, other] * ~sideways / 2)
    return push


def _away(step: Points, order: np.ndarray[Any, Any]) -> Points:
    """Which way to go: away from the other, by number if both are in one spot."""
    return np.asarray(np.where(step == 0, np.sign(order), np.sign(step)))


def _line_push(centres: Points, ends: np.ndarray[Any, Any], half: Points) -> Points:
    """For each node, how to get off the lines between others that run through its box."""
    start, along = centres[ends[:, 0]], centres[ends[:, 1]] - centres[ends[:, 0]]
    length = np.maximum((along**2).sum(axis=1), 1.0)
    share = ((centres[:, None, :] - start[None]) * along[None]).sum(axis=2) / length
    off = centres[:, None, :] - (start[None] + share[:, :, None] * along[None])
    distance = np.maximum(np.sqrt((off**2).sum(axis=2)), 1e-6)
    normal = off / distance[:, :, None]
    room = 0.8 * (np.abs(normal) * half[:, None, :]).sum(axis=2) - distance
    own = (np.arange(len(centres))[:, None] == ends[None, :, 0]) | (np.arange(len(centres))[:, None] == ends[None, :, 1])
    hit = (room > 0) & (share > 0.05) & (share < 0.95) & ~own
    return np.asarray((normal * (room * hit)[:, :, None]).sum(axis=1) * 0.3)


def pack(parts: list[Points], boxes: list[list[Box]], links: list[list[Link]], aspect: float) -> list[Points]:
    """The largest part, the others in what it leaves free of its field, and what finds no room there in rows below.

    Args:
        parts: places of each part, the largest first.
        boxes, links: what each part draws.
        aspect: width over height of the window.

    Returns:
        The places of each part in the whole.
    """
    if len(parts) < 2:
        return parts
    field = _Field(parts[0], boxes[0], links[0])
    fits = len(parts) <= MANY and sum(map(len, boxes)) <= MOST
    placed: list[Points | None] = [parts[0]]
    for part, few, lines in zip(parts[1:], boxes[1:], links[1:], strict=True):
        placed.append(field.put(part, few, lines) if fits else None)
    rest = [i for i, spot in enumerate(placed) if spot is None]
    below = _rows([parts[i] for i in rest], [boxes[i] for i in rest], field.low, field.high, aspect)
    spots = dict(zip(rest, below, strict=True))
    return [spots[i] if spot is None else spot for i, spot in enumerate(placed)]


class _Field:
    """The rectangle that the largest part spans, and what it holds."""

    def __init__(self, places: Points, boxes: list[Box], links: list[Link]) -> None:
        self.low, self.high = _corners(places, boxes)
        self.centres, self.half = _obstacles(places, boxes, links)

    def put(self, part: Points, boxes: list[Box], links: list[Link]) -> Points | None:
        """Moves a part to the first free spot, None if there is none."""
        low, high = _corners(part, boxes)
        half = (high - low) / 2 + PART_GAP / 2
        for y in np.arange(self.low[1] + half[1], self.high[1] - half[1], GRID):
            for x in np.arange(self.low[0] + half[0], self.high[0] - half[0], GRID):
                if not (np.abs(self.centres - [x, y]) < self.half + half).all(axis=1).any():
                    moved = part - (low + high) / 2 + [x, y]
                    centres, sizes = _obstacles(moved, boxes, links)
                    self.centres, self.half = np.vstack([self.centres, centres]), np.vstack([self.half, sizes])
                    return np.asarray(moved)
        return None


def _obstacles(places: Points, boxes: list[Box], links: list[Link]) -> tuple[Points, Points]:
    """Middles and half sizes of all that is drawn: boxes, and lines as rows of points."""
    nodes = places + np.array([[0.0, box.drop] for box in boxes])
    sizes = np.array([[box.width / 2, box.height / 2] for box in boxes])
    shares = np.linspace(0, 1, 12)[:, None]
    lines = [places[k.source] + shares * (places[k.target] - places[k.source]) for k in links]
    thick = [np.tile([max(k.label / 2, 10.0), 10.0], (len(shares), 1)) for k in links]
    return np.vstack([nodes, *lines]), np.vstack([sizes, *thick])


def _rows(parts: list[Points], boxes: list[list[Box]], low: Points, high: Points, aspect: float) -> list[Points]:
    """Parts in rows below a rectangle, so that all together has the window's form."""
    corners = [_corners(p, b) for p, b in zip(parts, boxes, strict=True)]
    sizes = [top - bottom + PART_GAP for bottom, top in corners]
    area = float(np.prod(high - low)) + sum(float(s[0] * s[1]) for s in sizes)
    width = max(1.15 * float(high[0] - low[0]), math.sqrt(area * aspect), *(float(s[0]) for s in sizes), 0.0)
    placed, x, y, row = [], 0.0, float(high[1]) + PART_GAP, 0.0
    for part, (corner, _), size in zip(parts, corners, sizes, strict=True):
        if x and x + size[0] > width + 1e-6:
            x, y, row = 0.0, y + row, 0.0
        placed.append(part - corner + np.array([low[0] + x, y]))
        x, row = x + float(size[0]), max(row, float(size[1]))
    return placed


def _corners(places: Points, boxes: list[Box]) -> tuple[Points, Points]:
    half = np.array([[b.width / 2, b.height / 2] for b in boxes])
    middle = places + np.array([[0.0, b.drop] for b in boxes])
    return (middle - half).min(axis=0), (middle + half).max(axis=0)
