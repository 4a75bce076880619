"""Normalised text and the way back to the original."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.normalize import normalize, printable

TRICKY = st.text(
    st.sampled_from("aäuo \n\r\t\u0308\u0301\u00ad\u200b\u200d\ufeff\u00a0\u202f\ud800\udc00\x00\x85\u1100\u1161\u11a8\u212aß")
)
ANY = st.one_of(TRICKY, st.text(st.characters(blacklist_categories=())))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mu\u0308ller", "Müller"),
        ("Außen\u00administer", "Außenminister"),
        ("\ufeffRu\u200bbio", "Rubio"),
        ("10\u00a0000\u202fMann", "10 000 Mann"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\ud800b", "a\ufffdb"),
        ("a\x00\x1b[31mb", "a[31mb"),
        ("Mu\u200b\u0308ller", "Müller"),
        ("\u1100\u1161\u11a8", "각"),
    ],
)
def test_forms(text: str, expected: str) -> None:
    assert normalize(text)[0] == expected


def test_offsets_point_to_the_origin() -> None:
    original = "\ufeffMu\u0308ller\r\nsagte\u00adn"
    text, offsets = normalize(original)
    assert text == "Müller\nsagten"
    assert [original[offsets[i]] for i in range(len(text))] == list("Muller\rsagten")
    assert offsets[len(text)] == len(original)


def test_start_leaves_a_header_out() -> None:
    text, offsets = normalize("date 1 Wa\u0308hler", 7)
    assert (text, list(offsets)) == ("Wähler", [7, 8, 10, 11, 12, 13, 14])


@given(ANY, st.integers(0, 3))
def test_map_is_complete_and_never_goes_back(text: str, start: int) -> None:
    start = min(start, len(text))
    normal, offsets = normalize(text, start)
    assert len(offsets) == len(normal) + 1
    assert list(offsets) == sorted(offsets)
    assert all(start <= o <= len(text) for o in offsets)
    assert offsets[-1] == len(text)


@given(ANY)
def test_result_is_stable_and_clean(text: str) -> None:
    normal, _ = normalize(text)
    assert normalize(normal) == (normal, normalize(normal)[1])
    assert unicodedata.is_normalized("NFC", normal)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") and c != "\n" for c in normal)
    normal.encode("utf-8")


@given(st.text(st.sampled_from("aäß\u0308x.\n")))
def test_same_as_unicode_says(text: str) -> None:
    assert normalize(text)[0] == unicodedata.normalize("NFC", text)


@given(st.text(st.characters(blacklist_categories=("Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Mc", "Me", "Cn", "Co"))))
def test_plain_text_keeps_its_offsets(text: str) -> None:
    normal, offsets = normalize(text)
    if unicodedata.is_normalized("NFC", text):
        assert (normal, list(offsets)) == (text, list(range(len(text) + 1)))


def test_printable_is_one_harmless_line() -> None:
    assert printable("a\x1b]0;x\x07\n\u202eb ") == "a]0;x b"
