"""Settings: which source wins, and what is refused."""

from datetime import date
from pathlib import Path

import pytest

from kg.config import KEYS, Settings, load, parse_date
from kg.errors import ConfigError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults() -> None:
    assert load() == Settings()


def test_flag_over_environment_over_file() -> None:
    Path("kg.toml").write_text('output = "a"\nlang = "fr"\nlemmas = "model"\n', encoding="utf-8")
    settings = load(environ={"KG_OUTPUT": "b", "KG_LANG": "en"}, output=Path("c"), date=None)
    assert (settings.output, settings.lang, settings.lemmas) == (Path("c"), "en", "model")


def test_paths_of_the_file_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "sub" / "words").mkdir(parents=True)
    file = tmp_path / "sub" / "my.toml"
    file.write_text('lexicons = ["words"]\ndate = 2025-12-02\nattributed = true\nmax_chars = 5\n', encoding="utf-8")
    for settings in (load(file), load(environ={"KG_CONFIG": str(file)})):
        assert settings.lexicons == (tmp_path / "sub" / "words",)
        assert (settings.date, settings.attributed, settings.max_chars) == (date(2025, 12, 2), True, 5)


def test_values_of_the_environment_are_read() -> None:
    settings = load(
        environ={"KG_DATE": "2025-12-02", "KG_ATTRIBUTED": "yes", "KG_MAX_BYTES": "7", "KG_ENCODING": "latin1", "X": "y"}
    )
    assert (settings.date, settings.attributed, settings.max_bytes) == (date(2025, 12, 2), True, 7)
    assert settings.encoding == "iso8859-1"


@pytest.mark.parametrize(
    ("toml", "environ", "flags", "parts"),
    [
        ("outptu = 'a'", {}, {}, ["kg.toml", "outptu", "output"]),
        ("", {"KG_LEMAS": "model"}, {}, ["environment", "KG_LEMAS", "KG_LEMMAS"]),
        ("lemmas = 'hand'", {}, {}, ["kg.toml: lemmas", "hanta, model"]),
        ("date = '2025-02-30'", {}, {}, ["2025-02-30", "YYYY-MM-DD"]),
        ("", {}, {"base": "no iri"}, ["--base", "absolute IRI"]),
        ("", {}, {"base": "http://x.org/a"}, ["--base", "ends in"]),
        ("", {}, {"base": "http://x.org/<script>/"}, ["--base"]),
        ("lexicons = ['nowhere']", {}, {}, ["nowhere", "no such folder"]),
        ("lexicons = 3", {}, {}, ["a list of folders"]),
        ("attributed = 2", {}, {}, ["true or false"]),
        ("max_chars = 0", {}, {}, ["above 0"]),
        ("max_chars = true", {}, {}, ["above 0"]),
        ("lang = 'Deutsch'", {}, {}, ["language code"]),
        ("encoding = 'utf-7-bis'", {}, {}, ["unknown encoding"]),
        ("output = ''", {}, {}, ["a text is expected"]),
        ("= 3", {}, {}, ["cannot read the settings"]),
    ],
)
def test_what_is_wrong_is_told(toml: str, environ: dict[str, str], flags: dict[str, str], parts: list[str]) -> None:
    Path("kg.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(environ=environ, **flags)
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_missing_or_strange_file(tmp_path: Path) -> None:
    (tmp_path / "bin.toml").write_bytes(b"\xff\x00")
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "bin.toml"):
        with pytest.raises(ConfigError, match="cannot read"):
            load(path)


def test_unknown_flag_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        load(nonsense=1)


def test_every_setting_can_be_read_from_the_environment() -> None:
    for key in KEYS:
        with pytest.raises(ConfigError, match=f"KG_{key.upper()}|no such folder"):
            load(environ={f"KG_{key.upper()}": " "})


@pytest.mark.parametrize("text", ["2025-12-02", " 2025-12-02 ", "2025-12-02T08:00:00+01:00", "2025-12-02 08:00"])
def test_parse_date(text: str) -> None:
    assert parse_date(text) == date(2025, 12, 2)


@pytest.mark.parametrize("text", ["", "2.12.2025", "2025-13-01", "20251202", "2025-12-02Trotz", "٢٠٢٥-12-02"])
def test_no_date(text: str) -> None:
    with pytest.raises(ConfigError, match="invalid date"):
        parse_date(text)
