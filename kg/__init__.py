"""polgraph: knowledge graphs of political actors and events from news articles.

    import kg

    kg.build_graph("seeds")  # articles -> output/
    graph = kg.open_graph("output")
    for fact in graph.facts(relation="absent_from"): ...
    graph.query("@absences", actor="Marco Rubio").records()

Importing it is quick: what a name needs is loaded when the name is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.api import Graph, build_graph, extract_facts, open_graph
    from kg.errors import KgError
    from kg.results import QueryResult

__version__ = "0.1.0"
__all__ = ["Graph", "KgError", "QueryResult", "__version__", "build_graph", "extract_facts", "open_graph"]

_HOMES = {"KgError": "kg.errors", "QueryResult": "kg.results"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'kg' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "kg.api")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
