"""Where the package's own data files are: beside the code in a wheel, at the top of the repository in a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def ontologies() -> Path:
    """The folder of ontologies and lexicons.

    An editable install keeps them at the top of the repository, a wheel inside the package.
    """
    inside, beside = PACKAGE / "ontologies", PACKAGE.parent / "ontologies"
    return inside if inside.is_dir() else beside


def model(lang: str) -> Path:
    """The folder of the shipped language model."""
    return PACKAGE / "models" / lang
