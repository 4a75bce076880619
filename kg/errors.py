"""The error family: every message says what is wrong, where, and what to do next."""

from __future__ import annotations


class KgError(Exception):
    """An error meant for the user.

    Args:
        what: what is wrong, one sentence without a full stop.
        where: file, line, article or option concerned.
        hint: what to do next.
    """

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what, self.where, self.hint = what, where, hint
        super().__init__(what)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.what}{advice}"


class ArticleError(KgError):
    """An article that cannot be read."""


class LexiconError(KgError):
    """A row of the ontologies or lexicons that cannot be used."""


class ModelError(KgError):
    """A language model that is missing or damaged."""


class StoreError(KgError):
    """A store that cannot be opened, read or written."""


class QueryError(KgError):
    """A query that is malformed, forbidden, or went over its limits."""


class ConfigError(KgError):
    """A setting or option that is unknown or malformed."""
