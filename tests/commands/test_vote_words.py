"""Votes as people say them: with an article, with thanks, in their own language."""

from __future__ import annotations

import pytest

from bot.language.poll_choices import chosen
from bot.model.polls import Ballot, Option, Poll
from tests.commands.conftest import DUPONT, JONAS, LEA, WEBER, School
from tests.conftest import NOW, Open, bodies

ASK = "!poll Logo? the sun / dark blue / lighthouse"


def poll(*options: str, ballot: Ballot = Ballot.ONE) -> Poll:
    return Poll(1, "Logo?", "@a:x", NOW, ballot, [Option(one) for one in options])


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("the 2", 2), ("for the 2", 2), ("number 2", 2), ("answer b", 2), ("option B please", 2),
        ("B thanks", 2), ("b thank you!", 2), ("b please 🙂", 2), ("B, thanks 👍", 2),
        ("sun", 1), ("the sun", 1), ("the lighthouse", 3), ("lighthouse, please", 3),
        ("the dark blue thanks", 2), ("C thx", 3),
    ],
)  # fmt: skip
async def test_articles_and_thanks_are_no_part_of_an_answer(
    school: School, said: str, number: int
) -> None:
    """Whoever votes politely votes."""
    await school.ask(ASK, WEBER)
    for line in (f"!vote {said}", f"!Q1 {said}"):
        assert "✅" == await school.ask(line, LEA)
        assert {LEA: [number]} == (await school.project()).polls[1].votes
        await school.ask("!vote 1" if number != 1 else "!vote 2", LEA)


@pytest.mark.parametrize("said", ["the", "please", "the red", "thanks", "for", "number 9"])
async def test_what_is_no_answer_stays_none(school: School, said: str) -> None:
    """Trimmings alone choose nothing."""
    await school.ask(ASK, WEBER)
    assert (await school.ask(f"!vote {said}", LEA)).startswith(
        "That is not an answer of this poll."
    )


async def test_thanks_alone_are_no_vote_in_a_reply(school: School) -> None:
    """People talk about polls, too."""
    await school.ask(ASK, WEBER)
    (answer,) = [one for one in await school.talk.say("!vote Q1", LEA) if bodies([one])]
    await school.ask("thanks please", LEA, reply_to=answer.event)
    assert {} == (await school.project()).polls[1].votes
    await school.ask("the 2 please", LEA, reply_to=answer.event)
    assert {LEA: [2]} == (await school.project()).polls[1].votes


def test_an_article_that_two_answers_share_tells_them_not_apart() -> None:
    """What is left must be one answer alone; as typed, each is chosen."""
    two = poll("the blue", "blue", "number 2")
    assert [[1], [2], [2]] == [chosen(two, one, ("en",)) for one in ("the blue", "blue", "2")]
    assert [3] == chosen(two, "number 2", ("en",))


@pytest.mark.parametrize(
    ("language", "said", "number"),
    [
        ("fr", "le 2", 2), ("fr", "la réponse B svp", 2), ("fr", "l'orange", 1),
        ("fr", "B s'il te plaît", 2), ("fr", "orange merci", 1),
        ("de", "die 2", 2), ("de", "B bitte 🙂", 2), ("de", "Antwort b", 2),
        ("es", "la 2", 2), ("es", "B por favor", 2), ("it", "il faro", 3), ("it", "la b grazie", 2),
        ("pl", "numer 2", 2), ("pl", "B proszę", 2), ("pt", "a 2", 2), ("pt", "o faro pf", 3),
        ("nl", "de 2", 2), ("nl", "B alsjeblieft", 2), ("ro", "varianta 2", 2),
        ("ro", "B te rog", 2),
        ("el", "το 2", 2), ("el", "το Β παρακαλώ", 2), ("el", "γ", 3), ("el", "Η 2", 2),
        ("tr", "2'ye", 2), ("tr", "B lütfen", 2), ("ar", "رقم 2", 2), ("ar", "ب", 2),
    ],
)  # fmt: skip
def test_votes_of_other_languages(language: str, said: str, number: int) -> None:
    """With the words that each of them sets before and behind an answer."""
    assert [number] == chosen(poll("Orange", "Bleu", "Faro"), said, (language, "en"))


def test_where_several_may_be_chosen_a_letter_is_no_article() -> None:
    """In Portuguese "a 2" is the second answer, or two of them."""
    many = poll("pão", "fruta", "sopa", ballot=Ballot.MANY)
    assert [1, 2] == chosen(many, "a 2", ("pt", "en"))
    assert [1, 3] == chosen(many, "a c", ("pt", "en"))
    assert [1, 3] == chosen(poll("pão", "fruta", "sopa"), "a c", ("pt", "en"))


async def test_a_secret_vote_of_two_meanings_is_still_asked_back(open_talk: Open) -> None:
    """Said "the 2", it may be the answer 2 or the second one: it could not be corrected."""
    async with open_talk() as talk:
        await talk.join(WEBER, "Ms Weber", 50)
        await talk.say("!poll secret How many? 5 / 10 / 2", WEBER)
        direct = {"room": "!lea:x", "direct": True}
        told = "Two answers fit that. Please write a letter:"
        for said in ("2", "the 2", "2 please"):
            (answer,) = bodies(await talk.say(f"!vote Q1 {said}", LEA, **direct))
            assert answer.startswith(told)


async def test_what_is_no_vote_is_told_in_the_askers_language(open_talk: Open) -> None:
    """No word of theirs was English: neither is the answer."""
    async with open_talk(languages=("fr", "en")) as talk:
        await talk.join(DUPONT, "Ms Dupont", 100)
        await talk.say("!setup fr", DUPONT)
        await talk.say("!sondage Logo ? bleu / vert", DUPONT)
        (said,) = bodies(await talk.say("!Q1 violet", JONAS))
        typed = bodies(await talk.say("!vote violet", JONAS))
    assert [said] == typed
    assert "bleu" in said
    assert "no answer" not in said
