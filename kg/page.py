"""The HTML file around a drawing: everything inlined, nothing to fetch, and no word of an article that could run.

Data reach the page as JSON in a data block, and the browser as text. A Content-Security-Policy lets run only the scripts
whose hashes it names.
"""

from __future__ import annotations

import base64
import hashlib
import json
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup

from kg.errors import ConfigError
from kg.resources import PACKAGE

TEMPLATES = PACKAGE / "templates"
SCRIPTS = (
    "model.js", "look.js", "words.js", "plain.js", "pointer.js", "draw.js", "picture.js", "panel.js", "time.js", "permalink.js",
    "table.js", "controls.js",
)  # fmt: skip


def render(data: Mapping[str, Any], *, title: str | None, lang: str, library: str) -> str:
    """The page.

    Args:
        data: what its scripts read, any JSON; `texts` and `lang` are added.
        title: its heading; None: a general one.
        lang: the language of its own words.
        library: the drawing library, a script.

    Raises:
        ConfigError: there are no texts in `lang`.
    """
    words = texts(lang)
    inlined = {"library": Markup(library), "script": _script(), "style": Markup(_text("page.css"))}
    return _template().render(
        lang=lang,
        texts=words,
        title=clean(title) if title else words["title"],
        data=Markup(_json({**data, "texts": words, "lang": lang})),
        policy=_policy(inlined),
        **inlined,
    )


def texts(lang: str) -> dict[str, Any]:
    """What the page says by itself.

    Raises:
        ConfigError: there are no texts in `lang`.
    """
    known = _languages()
    if lang not in known:
        raise ConfigError(f"the page has no texts in {lang!r}", hint=f"known: {', '.join(known)}")
    return known[lang]


def clean(text: str) -> str:
    """The text without lone surrogates, which no file can hold."""
    return text.encode("utf-8", "replace").decode()


def web_address(url: str | None) -> str | None:
    """The address if it is one of the web, else None: no `javascript:`, no `data:`."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


@cache
def _languages() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_text("texts.toml"))


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return environment.get_template("page.html")


def _script() -> Markup:
    return Markup(_text("boot.js").replace("/* parts */", "\n".join(map(_text, SCRIPTS))))


def _text(name: str) -> str:
    return (TEMPLATES / name).read_text("utf-8")


def _policy(inlined: Mapping[str, str]) -> str:
    """Nothing may load, run or be sent but what stands in the file, named by its hash."""
    scripts = " ".join(_hash(inlined[name]) for name in ("library", "script"))
    return (
        f"default-src 'none'; script-src {scripts}; style-src {_hash(inlined['style'])}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(data: Any) -> str:
    """JSON that cannot end the block it stands in, and that a script could read too."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return clean(text)
