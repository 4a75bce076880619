"""Pictures of rankings and of measures over time, as PNG or SVG; needs matplotlib (the extra 'plot')."""

from __future__ import annotations

import io
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from kg.errors import ConfigError
from kg.gexf import text

FORMATS = ("png", "svg")
BARS, LINES = 25, 8
STYLE: Mapping[str, Any] = {
    "svg.hashsalt": "polgraph",  # ids would be random else
    "svg.fonttype": "none",  # text stays text
    "text.parse_math": False,  # a dollar in a name is a dollar
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
}
# Okabe and Ito: told apart by colour-blind readers too
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F")


def format_of(path: str) -> str:
    """'png' or 'svg', by the file's suffix.

    Raises:
        ConfigError: another suffix.
    """
    form = Path(path).suffix.lower().removeprefix(".")
    if form not in FORMATS:
        raise ConfigError("a picture is .png or .svg", where=path, hint="name the file so")
    return form


def ranked(rows: Sequence[Mapping[str, Any]], measure: str, form: str, subtitle: str = "") -> bytes:
    """Bars of a measure, the first row on top.

    Args:
        rows: with `name`, `kind` and the measure, in order; the first `BARS` are shown.
        measure: which column.
        form: 'png' or 'svg'.
        subtitle: what the weights mean, where they come from.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    shown = list(rows[:BARS])
    kinds = sorted({str(row["kind"]) for row in shown})
    with _figure(form, max(2.4, 0.9 + 0.28 * len(shown))) as (_, axes, out):
        for place, row in enumerate(shown):
            colour = COLOURS[kinds.index(str(row["kind"])) % len(COLOURS)]
            axes.barh(place, row[measure], color=colour, height=0.72)
            tip = (max(row[measure], 0), place)
            axes.annotate(f"{row[measure]:.4g}", tip, (4, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_yticks(range(len(shown)), [_short(row["name"]) for row in shown])
        axes.invert_yaxis()
        axes.margins(x=0.12)
        handles = [axes.barh(0, 0, color=COLOURS[i % len(COLOURS)], label=kind) for i, kind in enumerate(kinds)]
        if handles:
            axes.legend(loc="lower right", frameon=False, fontsize=8)
        _title(axes, measure, subtitle)
    return out.getvalue()


def series(rows: Sequence[Mapping[str, Any]], measure: str, form: str, subtitle: str = "") -> bytes:
    """Lines of a measure over windows: of the `LINES` actors that have most of it, or of the network if rows have no `name`.

    Args:
        rows: with `begin`, the measure and, for actors, `name` and `iri`; an actor that a window lacks has 0 there.
        measure, form, subtitle: as in `ranked`.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    days = sorted({row["begin"] for row in rows})
    values: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        values[row.get("iri", "")][row["begin"]] = row[measure] or 0.0
    names = {row.get("iri", ""): str(row.get("name", "network")) for row in rows}
    top = sorted(values, key=lambda iri: (-sum(values[iri].values()), names[iri], iri))[:LINES]
    with _figure(form, 4.4) as (figure, axes, out):
        for place, iri in enumerate(top):
            heights = [values[iri].get(day, 0.0) for day in days]
            marker = "os^Dv<>P"[place % 8]
            at = [date.fromisoformat(day) for day in days]
            axes.plot(at, heights, marker=marker, markersize=4, color=COLOURS[place], label=_short(names[iri]))
        if top:
            axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
        figure.autofmt_xdate()
        _title(axes, measure, subtitle)
    return out.getvalue()


def _title(axes: Any, measure: str, subtitle: str) -> None:
    axes.set_title(measure, loc="left", fontweight="bold", fontsize=11, pad=18 if subtitle else 6)
    if subtitle:
        above: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
        axes.annotate(text(subtitle), (0, 1), (0, 5), fontsize=8, color="#555555", **above)


def _short(name: Any) -> str:
    plain = " ".join(text(str(name)).split())
    return plain if len(plain) <= 44 else f"{plain[:43]}…"


@contextmanager
def _figure(form: str, height: float) -> Iterator[tuple[Any, Any, io.BytesIO]]:
    """A figure, its axes, and the buffer that holds the picture afterwards; neither clock nor versions get into it."""
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigError("matplotlib is not installed", hint="pip install 'polgraph[plot]'") from error
    out = io.BytesIO()
    style: Any = dict(STYLE)
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(8.4, height), dpi=150)
        FigureCanvasAgg(figure)
        yield figure, figure.add_subplot(), out
        nothing: dict[str, Any] = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # signs that the font lacks are drawn as boxes
            figure.savefig(out, format=form, metadata=nothing)
