"""Rules of votes, successions, seats, states and places of events, on hand-built trees."""

from __future__ import annotations

from functools import cache

import pytest
from trees import tree

from kg.belonging import is_sound
from kg.clauses import find_clauses
from kg.contests import Contests
from kg.drafts import Draft
from kg.frames import Matcher
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.localities import Localities
from kg.mentions import find_mentions
from kg.successions import Successions
from kg.titles import static_drafts

NOM, DAT, ACC = "Case=Nom|Number=Sing", "Case=Dat|Number=Sing", "Case=Acc|Number=Sing"


@cache
def lexicon() -> Lexicon:
    return load()


def drafts(text: str, *names: tuple[int, int, str], sound: bool = True) -> list[Draft]:
    """What all rules of a sentence give, in the order in which an article is read; `sound`: without what is none."""
    doc = tree(text, *names)
    links = link(doc, find_mentions(doc, lexicon()), lexicon())
    matcher = Matcher(links)
    clauses = list(find_clauses(doc, lexicon()))
    found = [*static_drafts(links), *(d for c in clauses for d in matcher.drafts(c))]
    found += list(Localities(matcher).drafts(clauses))
    found += list(Contests(matcher).drafts(clauses, found))
    found += list(Successions(matcher).drafts(found))
    return [d for d in found if is_sound(links, d) or not sound]


def told(text: str, *names: tuple[int, int, str]) -> set[tuple[str, str, str, str]]:
    """Subject, relation, object and last rule of each fact."""
    name = lambda c: c.entity().name if c else "-"  # noqa: E731
    return {(name(d.subject), d.relation, name(d.object), d.rule.split(" + ")[-1]) for d in drafts(text, *names)}


RUNOFF = (
    "In in ADP 3 case\nder der DET 3 det Case=Dat|Definite=Def\n"
    "Stichwahl Stichwahl NOUN 4 obl Case=Dat|Gender=Fem|Number=Sing\n"
)


def test_who_is_beaten_loses() -> None:
    text = RUNOFF + (
        f"setzte setzen VERB 0 root Mood=Ind|VerbForm=Fin\nsich sich PRON 4 expl:pv Reflex=Yes\nHolm Holm PROPN 4 nsubj {NOM}\n"
        f"gegen gegen ADP 8 case\nRoth Roth PROPN 4 obl {ACC}\ndurch durch ADP 4 compound:prt\n. . PUNCT 4 punct"
    )
    found = told(text, (5, 5, "PER"), (7, 7, "PER"))
    assert ("Holm", "wins", "Stichwahl", "frame:sich durchsetzen>wins") in found
    assert ("Roth", "loses", "Stichwahl", "contest:opponent") in found


def vote_and(clause: str) -> str:
    """A clause behind 'Die Wahl endet , '; heads count from 6."""
    front = (
        "Die der DET 2 det Case=Nom|Definite=Def\nWahl Wahl NOUN 3 nsubj Case=Nom|Gender=Fem|Number=Sing\n"
        "endet enden VERB 0 root Mood=Ind|VerbForm=Fin\nund und CCONJ 6 cc\n"
    )
    return front + clause


def test_a_verb_of_standing_means_the_vote_of_the_article() -> None:
    text = vote_and(f"Holm Holm PROPN 6 nsubj {NOM}\nkandidiert kandidieren VERB 3 conj Mood=Ind|VerbForm=Fin\n. . PUNCT 3 punct")
    assert ("Holm", "candidate_for", "Wahl", "contest:open") in told(text, (4, 4, "PER"))


def test_without_a_vote_nobody_stands() -> None:
    text = f"Holm Holm PROPN 2 nsubj {NOM}\nkandidiert kandidieren VERB 0 root Mood=Ind|VerbForm=Fin\n. . PUNCT 2 punct"
    assert not any(d.relation == "candidate_for" for d in drafts(text, (0, 0, "PER")))


def test_a_party_stands_with_its_candidate() -> None:
    text = vote_and(
        f"CDU CDU PROPN 6 nsubj {NOM}\ntritt treten VERB 3 conj Mood=Ind|VerbForm=Fin\nmit mit ADP 8 case\n"
        f"Holm Holm PROPN 6 obl {DAT}\nan an ADP 6 compound:prt\n. . PUNCT 3 punct"
    )
    found = told(text, (4, 4, "ORG"), (7, 7, "PER"))
    assert {("CDU", "candidate_for", "Wahl", "contest:open"), ("Holm", "candidate_for", "Wahl", "contest:running-mate")} <= found


def test_who_is_made_a_candidate_takes_no_office() -> None:
    text = vote_and(
        f"CDU CDU PROPN 6 nsubj {NOM}\nkürt küren VERB 3 conj Mood=Ind|VerbForm=Fin\nHolm Holm PROPN 6 obj {ACC}\n"
        f"zum zu ADP 9 case\nKandidaten Kandidat NOUN 6 obl Case=Dat|Gender=Masc|Number=Sing\n. . PUNCT 3 punct"
    )
    found = told(text, (4, 4, "ORG"), (6, 6, "PER"))
    assert ("Holm", "candidate_for", "Wahl", "contest:candidate") in found
    assert not any(relation == "takes_office" for _, relation, _, _ in found)


def test_who_sits_for_a_party_belongs_to_it() -> None:
    text = (
        f"Holm Holm PROPN 2 nsubj {NOM}\nsitzt sitzen VERB 0 root Mood=Ind|VerbForm=Fin\nfür für ADP 4 case\n"
        f"SPD SPD PROPN 2 obl {ACC}\n"
        "im in ADP 6 case\nStadtrat Stadtrat NOUN 2 obl Case=Dat|Gender=Masc|Number=Sing\n. . PUNCT 2 punct"
    )
    found = told(text, (0, 0, "PER"), (3, 3, "ORG"))
    assert ("Holm", "affiliated_with", "SPD", "contest:party") in found
    assert ("Holm", "affiliated_with", "Stadtrat", "frame:sitzen>affiliated_with") in found


def test_successor_by_a_phrase_with_als() -> None:
    text = (
        "Als als ADP 2 case\nNachfolger Nachfolger NOUN 6 obl Case=Nom|Gender=Masc|Number=Sing\nvon von ADP 4 case\n"
        f"Roth Roth PROPN 2 nmod {DAT}\nwurde werden AUX 6 aux:pass Mood=Ind|VerbForm=Fin\n"
        f"benannt benennen VERB 0 root VerbForm=Part\nHolm Holm PROPN 6 nsubj:pass {NOM}\n. . PUNCT 6 punct"
    )
    found = told(text, (3, 3, "PER"), (6, 6, "PER"))
    assert ("Holm", "succeeds", "Roth", "succession:owner") in found
    assert not any(subject == "Roth" and relation == "succeeds" for subject, relation, _, _ in found)


def test_successor_of_the_one_who_left() -> None:
    text = (
        f"Minister Minister NOUN 3 nsubj Case=Nom|Gender=Masc|Number=Sing\nRoth Roth PROPN 1 appos {NOM}\n"
        "geht zurücktreten VERB 0 root Mood=Ind|VerbForm=Fin\n, , PUNCT 6 punct\n"
        "Nachfolger Nachfolger NOUN 6 nsubj Case=Nom|Gender=Masc|Number=Sing\nwird werden VERB 3 conj Mood=Ind|VerbForm=Fin\n"
        f"Holm Holm PROPN 6 xcomp {NOM}\n. . PUNCT 3 punct"
    )
    assert ("Holm", "succeeds", "Roth", "succession:left") in told(text, (1, 1, "PER"), (6, 6, "PER"))


def test_seats() -> None:
    verb = "schweigt schweigen VERB 0 root Mood=Ind|VerbForm=Fin\n. . PUNCT {} punct"
    with_seat = (
        f"Gazprom Gazprom PROPN 6 nsubj {NOM}\nmit mit ADP 3 case\nSitz Sitz NOUN 1 nmod Case=Dat|Gender=Masc|Number=Sing\n"
        f"in in ADP 5 case\nMoskau Moskau PROPN 3 nmod {DAT}\n" + verb.format(6)
    )
    assert ("Gazprom", "located_in", "Moskau", "body:seat") in told(with_seat, (0, 0, "ORG"), (4, 4, "LOC"))
    seated = (
        f"Der der DET 5 det Case=Nom|Definite=Def\nin in ADP 3 case\nWien Wien PROPN 4 obl {DAT}\n"
        f"ansässige ansässig ADJ 5 amod {NOM}\n"
        "Verband Verband NOUN 6 nsubj Case=Nom|Gender=Masc|Number=Sing\n" + verb.format(6)
    )
    assert ("located_in", "Wien", "body:seat") in {(r, o, x) for _, r, o, x in told(seated, (2, 2, "LOC"))}


def test_near_a_party() -> None:
    text = (
        "Die der DET 3 det Case=Nom|Definite=Def\nSPD-nahe SPD-nah ADJ 3 amod Case=Nom\n"
        "Stiftung Stiftung NOUN 4 nsubj Case=Nom|Gender=Fem|Number=Sing\n"
        "schweigt schweigen VERB 0 root Mood=Ind|VerbForm=Fin\n. . PUNCT 4 punct"
    )
    assert ("affiliated_with", "SPD", "body:near") in {(r, o, x) for _, r, o, x in told(text)}


ORGAN = (
    "{det} der DET 2 det {definite}\nParlament Parlament NOUN 3 nsubj Case=Nom|Gender=Neut|Number=Sing\n"
    "tagt schweigen VERB 0 root Mood=Ind|VerbForm=Fin\nin in ADP 5 case\n"
    "Norwegen Norwegen PROPN 3 obl Case=Dat|Number=Sing\n. . PUNCT 3 punct"
)


@pytest.mark.parametrize(("det", "definite", "expected"), [("Das", "Def", True), ("Ein", "Ind", False)])
def test_bare_organ_of_the_state(det: str, definite: str, expected: bool) -> None:
    found = told(ORGAN.format(det=det, definite=f"Case=Nom|Definite={definite}"), (4, 4, "LOC"))
    assert (("Parlament", "affiliated_with", "Norwegen", "body:context") in found) == expected


STRUCK = (
    "Bei bei ADP 3 case\neinem ein DET 3 det Case=Dat|Definite=Ind\n{noun} {noun} NOUN 7 obl Case=Dat|Gender=Masc|Number=Sing\n"
    "wurden werden AUX 7 aux:pass Mood=Ind|VerbForm=Fin\nin in ADP 6 case\nKabul Kabul PROPN 7 obl Case=Dat|Number=Sing\n"
    "evakuiert evakuieren VERB 0 root VerbForm=Part\nHäuser Haus NOUN 7 nsubj:pass Case=Nom|Number=Plur\n. . PUNCT 7 punct"
)


@pytest.mark.parametrize(("noun", "expected"), [("Anschlag", True), ("Gipfel", False)])
def test_an_event_that_strikes_happens_where_its_clause_does(noun: str, expected: bool) -> None:
    found = told(STRUCK.format(noun=noun), (5, 5, "LOC"))
    assert ((noun, "located_in", "Kabul", "place:clause") in found) == expected


def test_a_rally_within_a_day_of_action() -> None:
    text = (
        "Im in ADP 2 case\nRahmen Rahmen NOUN 5 obl Case=Dat|Gender=Masc|Number=Sing\ndes der DET 4 det Case=Gen|Definite=Def\n"
        "Gipfels Gipfel NOUN 2 nmod Case=Gen|Gender=Masc|Number=Sing\nläuft laufen VERB 0 root Mood=Ind|VerbForm=Fin\n"
        "eine ein DET 7 det Case=Nom|Definite=Ind\n"
        "Kundgebung Kundgebung NOUN 5 nsubj Case=Nom|Gender=Fem|Number=Sing\n. . PUNCT 5 punct"
    )
    assert ("Kundgebung", "part_of", "Gipfel", "event:frame") in told(text)


def test_who_wants_to_be_mayor_is_none() -> None:
    text = (
        f"Holm Holm PROPN 3 nsubj {NOM}\nwill wollen AUX 3 aux Mood=Ind|VerbForm=Fin\n"
        "Bürgermeister Bürgermeister NOUN 0 root Case=Nom|Gender=Masc|Number=Sing\n"
        "werden werden AUX 3 cop VerbForm=Inf\n. . PUNCT 3 punct"
    )
    found = told(text, (0, 0, "PER"))
    assert ("Holm", "candidate_for", "Bürgermeister", "title:wants") in found
    assert not any(r in {"takes_office", "holds_office"} for _, r, _, _ in found)


def test_a_demanded_resignation_is_none() -> None:
    text = (
        f"SPD SPD PROPN 2 nsubj {NOM}\nfordert fordern VERB 0 root Mood=Ind|VerbForm=Fin\n"
        f"den der DET 4 det Case=Acc|Definite=Def\n"
        "Rücktritt Rücktritt NOUN 2 obj Case=Acc|Gender=Masc|Number=Sing\nvon von ADP 6 case\n"
        f"Minister Minister NOUN 4 nmod Case=Dat|Gender=Masc|Number=Sing\nHolm Holm PROPN 6 appos {DAT}\n. . PUNCT 2 punct"
    )
    names = ((0, 0, "ORG"), (6, 6, "PER"))
    assert any(d.relation == "resigns_from" for d in drafts(text, *names, sound=False))
    assert not any(d.relation == "resigns_from" for d in drafts(text, *names))


def test_mere_nationality_is_no_affiliation() -> None:
    text = (
        f"Der der DET 3 det Case=Nom|Definite=Def\nnorwegische norwegisch ADJ 3 amod Case=Nom\n"
        f"{{}} {{}} NOUN 5 nsubj Case=Nom|Gender=Masc|Number=Sing\n"
        f"Holm Holm PROPN 3 appos {NOM}\nschweigt schweigen VERB 0 root Mood=Ind|VerbForm=Fin\n. . PUNCT 5 punct"
    )
    of = lambda noun: {o for _, r, o, _ in told(text.format(noun, noun), (3, 3, "PER")) if r == "affiliated_with"}  # noqa: E731
    assert of("Minister") == {"Norwegen"}
    assert of("Schriftsteller") == set()
