"""Rules of the project itself: layers, types, style, licences, sizes, shipped data."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT

from kg import vocab

FREE = re.compile(
    r"apache|mit\b|bsd|python software|psf|isc|mpl|mozilla|lgpl|lesser|unlicense|public domain|0bsd|zlib|cc0|hpnd|w3c|expat",
    re.IGNORECASE,
)
UNDECLARED = {"hanta": "LGPL-3.0-or-later"}  # no licence in its metadata; its home page and README tell
CODE = sorted((ROOT / "kg").glob("*.py"))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=600)


def test_layers() -> None:
    script = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", [("ruff", "check", "."), ("mypy",)], ids=lambda c: c[0])
def test_style_and_types(command: tuple[str, ...]) -> None:
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def requirements(name: str, seen: set[str]) -> set[str]:
    """The distribution and what it needs, without extras."""
    if name in seen:
        return seen
    seen.add(name)
    for line in importlib.metadata.requires(name) or []:
        if "extra ==" not in line:
            needed = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0].lower()
            try:
                importlib.metadata.distribution(needed)
            except importlib.metadata.PackageNotFoundError:
                continue  # for another platform
            requirements(needed, seen)
    return seen


def licence(name: str) -> str:
    if name in UNDECLARED:
        return UNDECLARED[name]
    meta = importlib.metadata.metadata(name)
    classifiers = [c for c in meta.get_all("Classifier") or [] if c.startswith("License")]
    return " ".join([meta.get("License-Expression") or "", (meta.get("License") or "")[:200], *classifiers])


def test_licences_of_what_is_installed_with_the_package() -> None:
    needed = requirements("polgraph", set()) - {"polgraph"}
    assert {"spacy", "pyoxigraph", "hanta"} <= needed
    strange = {name: licence(name) for name in sorted(needed) if not FREE.search(licence(name))}
    assert not strange
    copyleft = {
        n for n in needed if re.search(r"\bA?GPL|GNU (Affero )?General", licence(n)) and not re.search(r"LGPL|Lesser", licence(n))
    }
    assert not copyleft


def test_checkout_is_small() -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split("\n")
    if not any(files):
        pytest.skip("not a git checkout")
    assert sum((ROOT / f).stat().st_size for f in files if f and (ROOT / f).is_file()) < 80_000_000


def test_modules_and_functions_stay_short() -> None:
    import ast

    long = []
    for path in CODE:
        source = path.read_text("utf-8")
        if source.count("\n") > 480:
            long.append(path.name)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 50:
                long.append(f"{path.name}:{node.name}")
    assert not long


RULES = [
    "appositions", "attribution", "belonging", "bodies", "clauses", "clusters", "complements", "completion", "contests",
    "demonstratives", "features", "forces", "frames", "gifts", "hypernyms", "implied", "labels", "linking", "localities",
    "membership", "misplaced", "modifiers", "open_relations", "predicates", "protesters", "quotation_parts", "quotation_rules",
    "quotations", "reciprocal", "repair", "settings", "standing_in", "stances", "status", "successions",
    "syntax", "titles", "venues", "verb_clauses", "voices", "voicing", "wishes",
]  # fmt: skip
TECHNICAL = {"as", "case", "dies", "from", "light", "on", "plan", "place", "role", "so"}  # names of tables or slots, too
KEYS = {("labels", "sein"), ("labels", "werden"), ("linking", "dem"), ("hypernyms", "dem")}  # of tokens.toml; kinds of determiner


def german_words() -> set[str]:
    """The words that the cue and grammar files list."""

    def leaves(value: object) -> list[str]:
        if isinstance(value, dict):
            return [w for v in value.values() for w in leaves(v)]
        return [w for v in value for w in leaves(v)] if isinstance(value, list) else [value] if isinstance(value, str) else []

    read = lambda f: tomllib.loads((ROOT / "ontologies" / "de" / f).read_text("utf-8"))  # noqa: E731
    found = {w for f in ("cues.toml", "grammar.toml", "tokens.toml") for w in leaves(read(f))} | {
        *read("grammar.toml")["contractions"]
    }
    return {w for w in found if w.isalpha() and w[:1].islower() and len(w) > 1}


def constants(name: str) -> list[str]:
    """The strings of a module that are no docstrings."""
    import ast

    tree = ast.parse((ROOT / "kg" / f"{name}.py").read_text("utf-8"))
    bodies = [n.body for n in ast.walk(tree) if isinstance(getattr(n, "body", None), list) and n.body]
    docs = {id(body[0].value) for body in bodies if isinstance(body[0], ast.Expr)}
    return [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in docs]


def test_no_german_words_in_the_rules() -> None:
    """Words are data: the rule modules hold no string with an umlaut, and none that the word lists hold."""
    listed = german_words()
    assert {"werden", "sie", "nicht", "von"} <= listed
    found = [(name, word) for name in RULES for word in constants(name)]
    technical = TECHNICAL | set(vocab.relations())
    allowed = lambda name, word: word not in listed or word in technical or (name, word) in KEYS  # noqa: E731
    assert not [(n, w) for n, w in found if re.search(r"[äöüßÄÖÜ]", w) or not allowed(n, w)]


def test_nothing_names_this_machine() -> None:
    for path in [*CODE, *sorted((ROOT / "tests").glob("*.py")), ROOT / "README.md"]:
        assert not re.search(r"(?<![\w.])/(work|root)/", path.read_text("utf-8")), path
    assert Path(ROOT / "LICENSE").exists()
