"""People and classes as fields: @lea, KRK, everyone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from bot.language.catalog import translate
from bot.language.dates.lexicon import load_lexicon
from bot.language.fields import TYPES, PartnerCode, Situation, Trouble, Type, Unfit
from bot.language.folding import fold
from bot.language.line import Token
from bot.language.message import Code, Joined, Listed, Message, Msgid, Person, Typed, _, say
from bot.model.people import Member, Partner
from bot.model.project import Project
from bot.model.reminders import Audience

EVERYONE = _("everyone|everybody|all classes|all")
ME = _("me|myself")
OWN = _("us|my class|our class|my pupils|my students")
"""Ways to say the class of who speaks."""
GLUED = _("-us")
"""Endings of a verb that mean the class of who speaks: "rappelle-nous", "recuérdanos"."""
COURTESY = _("please|pls|thanks|thank you|thx")
ASKING = _("please|can you|can you please|could you|could you please|would you|will you")
"""What somebody may begin with who asks kindly: "could you remind me …"."""
IAM = _("(i am|iam|i'm|i am in|my class is) {partner}")
AND = _("and|&")
TOWARDS = _("to|with|from|of|at|about|by")
MOST_WORDS = 12
_AROUND = "#.,;:؟،؛"
"""Signs beside a code."""
LETTERS = "🇦🇧🇨🇩🇪🇫🇬🇭"
"""Buttons of a choice: letters, with spaces between them (DESIGN 8)."""


@cache
def words(listed: Msgid, languages: tuple[str, ...]) -> frozenset[str]:
    """Return the folded ways to say *listed* (separated by `|` in the catalogs)."""
    return frozenset(
        fold(way.strip()).rstrip("'")
        for one in languages
        for way in translate(listed, one).split("|")
    )


def find_members(project: Project, name: str) -> list[Member]:
    """Return the members in the room whom *name* may mean: full name, first name or id."""
    wanted = fold(name).lstrip("@")
    present = [one for one in project.members.values() if one.present]
    by_id = [one for one in present if one.user.casefold() == name.casefold()]
    exact = by_id or [one for one in present if wanted in {fold(one.name), _localpart(one.user)}]
    return exact or [one for one in present if wanted in fold(one.name).split()[:1]]


def _localpart(user: str) -> str:
    return fold(user.lstrip("@").split(":")[0])


def find_partner(project: Project, word: str) -> Partner | None:
    """Return the class called *word*, by code or by name."""
    wanted = fold(word).lstrip("#")
    for partner in project.partners.values():
        if wanted in {fold(partner.code), fold(partner.name)}:
            return partner
    return None


def read_people(tokens: Sequence[Token], situation: Situation) -> Audience:
    """Read persons, classes, "everyone", "us" or "me", several of them too."""
    found = Audience()
    for token in _split(tokens, situation):
        _add(found, token, situation)
    if not found:
        raise Unfit
    return found


def _split(tokens: Sequence[Token], situation: Situation) -> Iterator[Token]:
    """Yield the names among *tokens*, several words that name one thing as one token."""
    joining = words(AND, situation.languages)
    groups = words(EVERYONE, situation.languages) | words(OWN, situation.languages)
    rest = [token for token in tokens if token.folded not in joining and token.folded != ","]
    while rest:
        size = next(
            (
                size
                for size in range(min(4, len(rest)), 1, -1)
                if _means_one(" ".join(token.folded for token in rest[:size]), situation, groups)
            ),
            1,
        )
        yield rest[0] if size == 1 else _joined(rest[:size])
        del rest[:size]


def _joined(tokens: Sequence[Token]) -> Token:
    """Return *tokens* that name one thing as one."""
    return Token(" ".join(one.raw for one in tokens), " ".join(one.folded for one in tokens))


def _means_one(text: str, situation: Situation, groups: frozenset[str]) -> bool:
    if text in groups:
        return True
    project = situation.project
    return bool(find_partner(project, text) or find_members(project, text.lstrip("@")))


def _add(found: Audience, token: Token, situation: Situation) -> None:
    project = situation.project
    if token.user:
        found.people.append(token.user)
    elif token.folded in words(EVERYONE, situation.languages):
        found.everyone = True
    elif token.folded in words(ME, situation.languages):
        found.people.append(situation.asker.user)
    elif means_own_class(token, situation):
        _add_own_class(found, situation)
    elif partner := _partner(token, situation):
        found.partners.append(partner.code)
    else:
        found.people.append(_member(token, project).user)


def means_own_class(token: Token, situation: Situation) -> bool:
    """Tell whether *token* is "us" or "my class"; in capitals, "US" may be the code of a class."""
    if token.folded not in words(OWN, situation.languages):
        return False
    return not (token.raw.isupper() and find_partner(situation.project, token.folded))


def _add_own_class(found: Audience, situation: Situation) -> None:
    """Add the class of who speaks; in a room without classes "we" are everybody."""
    project = situation.project
    if own := project.partner_of(situation.asker.user):
        found.partners += [own.code] if own.code not in found.partners else []
    elif project.partners:
        how = Typed(IAM, {"partner": next(iter(project.partners))})
        raise Trouble(say(_("Which class is yours? Tell me first: {how}"), how=how))
    else:
        found.everyone = True


def _partner(token: Token, situation: Situation) -> Partner | None:
    """Return the class called *token*; a code that is a small word too, LA, counts in capitals."""
    found = find_partner(situation.project, token.folded)
    typed = token.raw.strip(_AROUND)
    if found is None or typed.isupper() or fold(found.code) != token.folded:
        return found
    lexicons = filter(None, map(load_lexicon, situation.languages))
    return None if any(token.folded in one.senses for one in lexicons) else found


def _member(token: Token, project: Project) -> Member:
    members = find_members(project, token.raw.rstrip(".,;:!?"))
    if len(members) == 1:
        return members[0]
    name = token.raw.lstrip("@").rstrip(".,;:!?")
    if members:
        lettered = list(zip(LETTERS, members, strict=False))
        raise Trouble(
            say(
                _("Which {name} do you mean? {people}"),
                name=name,
                people=Joined(tuple(_placed(project, one, letter) for letter, one in lettered)),
            ),
            token.raw,
            tuple(one.user for _letter, one in lettered),
        )
    if token.raw.startswith("@"):
        raise Trouble(
            say(_("I do not know “{name}”. Type @ and pick a name from the list."), name=name),
            token.raw,
        )
    raise Unfit(token.raw)


def _placed(project: Project, member: Member, letter: str) -> Joined:
    partner = project.partner_of(member.user)
    shown = f"{member.name} ({partner.code})" if partner else member.name
    return Joined((letter, Person(member.user, shown)), " ")


def bare_people(tokens: Sequence[Token], situation: Situation, before: Token | None) -> bool:
    """Tell whether *tokens* are names beyond doubt: pills, @names, codes, "everyone"."""
    codes = situation.project.partners.keys()
    everyone = words(EVERYONE, situation.languages)
    joining = words(AND, situation.languages)
    if before and before.folded in words(TOWARDS, situation.languages):
        return False  # "send the photos to KRK": KRK is part of what is to be done
    if " ".join(token.folded for token in tokens) in everyone:
        return True
    if tokens[0].folded in joining:
        return False
    return all(
        token.user
        or token.raw.startswith("@")
        or token.raw.strip(_AROUND) in codes
        or token.folded in everyone
        or token.folded in joining
        for token in tokens
    )


def is_name(token: Token, situation: Situation) -> bool:
    """Tell whether *token* names a person or a class beyond doubt."""
    code = token.raw.strip(_AROUND)
    return bool(token.user or token.raw.startswith("@") or code in situation.project.partners)


def read_partner(tokens: Sequence[Token], situation: Situation) -> PartnerCode:
    """Read one class, by code or name."""
    partner = _partner(_joined(tokens), situation)
    if partner is None:
        if len(tokens) == 1 and tokens[0].raw.strip(_AROUND).isupper():
            raise Trouble(_no_class(tokens[0].raw, situation.project), tokens[0].raw)
        raise Unfit(tokens[0].raw)
    return PartnerCode(partner.code)


def _no_class(name: str, project: Project) -> Message:
    codes = tuple(Code(code) for code in project.partners)
    if not codes:
        return say(
            _("There is no class yet. A teacher adds one: {how}"),
            how=Code(Message(_("!partner add"))),
        )
    return say(_("There is no class {name}. The classes: {codes}."), name=name, codes=Listed(codes))


TYPES |= {
    Audience: Type(_("who"), read_people, longest=MOST_WORDS, bare=bare_people),
    PartnerCode: Type(
        _("class"),
        read_partner,
        longest=4,
        bare=lambda tokens, situation, _before: (
            len(tokens) == 1 and tokens[0].raw.strip(_AROUND) in situation.project.partners
        ),
    ),
}
