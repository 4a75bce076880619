"""What stands before a store can be used: its folder, its locks, what made it, its database."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg import snapshots
from kg.durable import sync_folder
from kg.errors import StoreError
from kg.locks import lock_for_writing, place_to_read
from kg.records import INDEX, LOG

FORMAT = 3
MEND = "see what is wrong with: kg info; mend it with: kg info --repair"
_OURS = {"writer.lock", "readers.lock", "oxigraph", ".oxigraph", LOG, INDEX, snapshots.FOLDER}


def enter(stack: ExitStack, path: Path, read_only: bool, wait: float) -> Path:
    """Takes the locks; where the database is that may be read or written then."""
    if read_only:
        return place_to_read(stack, path, wait)
    _make_folder(path)
    lock_for_writing(stack, path, wait)
    return path / "oxigraph"


def _make_folder(path: Path) -> None:
    """Makes the folder of a new store; a folder of something else is left alone."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        strange = not (path / "store.json").is_file() and any(
            e.name not in _OURS and not e.name.startswith(".store.json.") for e in path.iterdir()
        )
    except OSError as error:
        raise StoreError(f"no folder can be made: {error.strerror}", where=str(path), hint="choose another --output") from error
    if strange:
        raise StoreError("no store, but a folder of something else", where=str(path), hint="choose another --output")


def read_manifest(path: Path, base: str) -> dict[str, Any]:
    """What `store.json` says: format, base, whether it was closed in good order, ids of the corrections that were replayed.

    Raises:
        StoreError: it is damaged, or says that the store was made otherwise.
    """
    file = path / "store.json"
    if not file.is_file():
        return {"format": FORMAT, "base": base, "clean": False, "corrections": []}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            hint = "delete the folder and build again"
            raise StoreError(f"made by another version (format {found['format']})", where=str(path), hint=hint)
        manifest = {key: found[key] for key in ("format", "base", "clean", "corrections")}
    except (ValueError, KeyError, TypeError, OSError) as error:
        hint = "delete store.json, its content is made again by the next build"
        raise StoreError("damaged: store.json cannot be read", where=str(path), hint=hint) from error
    if manifest["base"] != base:
        raise StoreError(f"made with the base {manifest['base']}, not {base}", where=str(path), hint="set base, or build anew")
    return manifest


def open_database(path: Path, folder: Path, read_only: bool) -> ox.Store:
    """The database in `folder`, made for a writer if the store in `path` has none.

    Raises:
        StoreError: it is damaged, gone, in use, or cannot be made.
    """
    if read_only and not (folder / "CURRENT").is_file():  # Oxigraph would make an empty one
        raise StoreError("damaged: its database is gone", where=str(path), hint=MEND)
    if not read_only and folder.exists() and not (folder / "CURRENT").is_file():
        raise StoreError("damaged: its database is gone", where=str(path), hint=MEND)
    if not folder.exists():
        _create_database(path, folder)
    try:
        return ox.Store.read_only(str(folder)) if read_only else ox.Store(str(folder))
    except (OSError, RuntimeError) as error:
        if "lock" in str(error).lower():
            raise StoreError("another kg is writing this store", where=str(path), hint="wait until it is done") from error
        raise StoreError(f"damaged: {error}", where=str(path), hint=MEND) from error


def _create_database(path: Path, folder: Path) -> None:
    """Makes an empty database aside and moves it into place, so that a crash leaves none that is half made."""
    aside = path / ".oxigraph"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        ox.Store(str(aside)).flush()
        os.rename(aside, folder)
        sync_folder(path)
    except OSError as error:
        raise StoreError(f"cannot be made: {error}", where=str(path), hint="choose another --output") from error
