"""What a collection of any size costs, on paper: hours, disk, memory and money, from measured rates, with the arithmetic.

    python benchmarks/simulate.py [--articles N] [--cores N] [--measured FILE] ...

Every rate is an argument; `--measured` takes those that `benchmarks/archive.py` printed. Prices are arguments too and say nothing
about what anybody charges today. `--words` is the length of the articles that are asked about; what was measured on articles of
`--measured-words` is scaled by it: time and facts grow with the text. Prints a table with the arithmetic; `--json`: the values.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

ARGUMENTS: dict[str, tuple[float, str]] = {
    "articles": (10_000_000, "articles of the collection"),
    "words": (300, "words of an article of the collection"),
    "cores": (64, "cores of the workers"),
    "writers": (8, "stores that are filled at once, each by a coordinator with a core of its own"),
    "measured_words": (194, "words of an article in the measurements"),
    "rate": (9.4, "articles a second and core, measured: text to extraction"),
    "writer_rate": (110.0, "articles a second of one coordinator, measured: shard to stored quads"),
    "store_bytes": (138_000, "bytes of the store an article, measured"),
    "worker_mb": (271, "resident MB of a worker, measured"),
    "coordinator_mb": (150, "resident MB of the coordinator, measured"),
    "shard_bytes": (5_900, "bytes of an article in the shards on the way, measured"),
    "core_hour": (0.05, "price of a core for an hour"),
    "tokens_in_price": (1.0, "price of a million tokens read by a language model"),
    "tokens_out_price": (4.0, "price of a million tokens written by it"),
    "tokens_per_word": (1.8, "tokens of a German word"),
    "prompt_tokens": (1_500, "tokens of instructions and examples with each article"),
    "passes": (1, "times that the model reads each article"),
    "facts": (6, "facts that it writes of an article"),
    "tokens_per_fact": (60, "tokens of one fact as JSON"),
}
BLOCK, AHEAD = 200, 3  # articles of a block, blocks a core under way: as in kg.cluster

# What is computed, in order: name, what it is, the arithmetic over arguments and earlier names.
LINES = (
    ("longer", "length factor", "words / measured_words"),
    ("core_hours", "core-hours to analyse", "articles * longer / rate / 3600"),
    ("analysing", "hours to analyse", "core_hours / cores"),
    ("storing", "hours to store", "articles * longer / writer_rate / writers / 3600"),
    ("hours", "hours in all: they overlap", "max(analysing, storing)"),
    ("useful", "cores that the writers keep up with", "writers * writer_rate / rate"),
    ("cost", "cost", "hours * (cores + writers) * core_hour"),
    ("per_million", "cost per million articles", "cost / articles * 1000000"),
    ("disk", "GB of the stores", "articles * longer * store_bytes / 1e9"),
    ("way", "GB of the shards under way", "block * (ahead * cores + 1) * longer * shard_bytes / 1e9"),
    ("memory", "GB of memory", "(cores * worker_mb + writers * coordinator_mb) / 1000"),
    ("read", "LLM: tokens read an article", "passes * (words * tokens_per_word + prompt_tokens)"),
    ("written", "LLM: tokens written an article", "passes * facts * tokens_per_fact"),
    ("llm_million", "LLM: cost per million articles", "read * tokens_in_price + written * tokens_out_price"),
    ("llm", "LLM: cost", "llm_million * articles / 1000000"),
    ("times", "LLM cost / this cost", "llm / cost"),
)


def simulate(given: dict[str, float]) -> dict[str, float]:
    """The arguments, and what follows from them by `LINES`."""
    known: dict[str, Any] = {"max": max, "block": BLOCK, "ahead": AHEAD, **given}
    for name, _, how in LINES:
        known[name] = eval(how, {"__builtins__": {}}, known)  # our own arithmetic, so that what is shown is what is done
    return {name: value for name, value in known.items() if name != "max"}


def measured(file: Path) -> dict[str, float]:
    """The rates in what `benchmarks/archive.py` printed: those of its largest size."""
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    last, grown = found["table"][-1], found["undisturbed"]["mb_after"][str(found["articles"])]
    return {
        "rate": 1 / last["s_each"] / 2,  # two workers
        "store_bytes": last["bytes_each"],
        "coordinator_mb": grown[0],
        "worker_mb": grown[1],
    }


def main() -> None:
    """Reads the arguments and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, (value, meaning) in ARGUMENTS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=float, help=f"{meaning} [{value:g}]")
    parser.add_argument("--measured", type=Path, help="what benchmarks/archive.py printed")
    parser.add_argument("--json", action="store_true")
    given = vars(parser.parse_args())
    values = {name: value for name, (value, _) in ARGUMENTS.items()}
    values |= measured(given["measured"]) if given["measured"] else {}
    values |= {name: given[name] for name in ARGUMENTS if given[name] is not None}
    known = simulate(values)
    if given["json"]:
        print(json.dumps(known))
        return
    for name, (_, meaning) in ARGUMENTS.items():
        print(f"{values[name]:>14,g}  {name:<18}{meaning}")
    print()
    for name, what, how in LINES:
        print(f"{known[name]:>14,.2f}  {what:<36}= {filled(how, known)}")


def filled(how: str, known: dict[str, float]) -> str:
    """An arithmetic expression with the values in the place of the names."""
    return re.sub(r"[a-z_]+\b(?!\()", lambda m: f"{known[m[0]]:,.12g}" if m[0] in known else m[0], how)


if __name__ == "__main__":
    main()
