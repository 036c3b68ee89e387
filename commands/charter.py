"""The charter: reading it, asking why, agreeing to exceptions, recording who has signed."""

from __future__ import annotations

from datetime import date

from bot.command import Commands, Context, Outcome
from bot.language.articles import article_of, articles_of, digests_of, version_of
from bot.language.cards import first_lines
from bot.language.charter_cards import charter_card, manners, rule_line
from bot.language.charter_names import (
    ARTICLE,
    EXCEPTIONS,
    LONGEST_WHAT,
    OK,
    SIGN,
    WHY,
    name_of_rule,
    what_is_meant,
)
from bot.language.charter_reasons import reasons
from bot.language.field_charter import Reason, Reference, UntilDay, wrong_day
from bot.language.fields import Situation
from bot.language.folding import fold
from bot.language.message import Bold, Code, Joined, Lines, Part, Refusal, Typed, _, say
from bot.model.asker import Asker
from bot.model.charter import Mode, Rule, Signature
from bot.model.people import Partner, Role
from bot.model.project import Project
from commands.partners import ADD, EXAMPLE
from commands.people import IAM

command = Commands("charter")
WITHDRAW = _("charter (withdraw|unsign)\ncharter (withdraw|unsign) [for] {school}")
MOST_LINES = 7
MOST_RULES = 50
LONGEST_REASON = 200
LONGEST_SCHOOL = 80
LONGEST_PAUSE = 90
"""Days without a reminder of the same kind, at the most."""
SUMMER = 7
"""From this month on, an agreement without an end is one for the coming school year."""


@command(
    _("(charter|charta)"),
    _("The charter, and who has signed it."),
    example=_("charter"),
    shows=True,
)
def show(project: Project, asker: Asker, context: Context) -> Outcome:
    """Show the charter."""
    card = charter_card(
        project,
        context.institution,
        language=asker.language,
        today=asker.today,
        all_of_it=asker.role >= Role.COORDINATOR,
    )
    return Outcome(says=card)


@command(ARTICLE, _("One article of the charter."), example=_("charter 6"), shows=True)
def article(project: Project, asker: Asker, context: Context, *, number: int) -> Outcome:
    """Show one article."""
    del project
    found = article_of(context.institution, number, asker.language)
    if found is None:
        last = articles_of(context.institution, asker.language)[-1].number
        raise Refusal(
            say(_("The charter has no article {n}, it ends with {last}."), n=number, last=last)
        )
    return Outcome(says=Lines((Bold(Joined((str(number), found.title), ". ")), found.text)))


@command(
    WHY,
    _("Why the charter warns of a service, and what to use."),
    example=_("charter why padlet"),
    shows=True,
)
def why(project: Project, asker: Asker, context: Context, *, what: str) -> Outcome:
    """Tell what the charter says about a service, a kind of service or an address."""
    found = reasons(project, context.institution, asker, what)
    if found is None:
        raise _unknown(what)
    return Outcome(says=Lines(found))


def _unknown(what: str) -> Refusal:
    return Refusal(
        say(
            _("I do not know “{what}”. A name or an address helps: {one}, {other}."),
            what=what[:LONGEST_WHAT],
            one=Code("Padlet"),
            other=Code("example.org"),
        )
    )


@command(
    OK,
    _("Agree to a service: until when, why, register entry."),
    example=_("charter ok YouTube until 30 June because the board agreed"),
    may=Role.TEACHER,
    sealed=True,
)
def agree(  # noqa: PLR0913 - an agreement has these parts
    project: Project,
    asker: Asker,
    context: Context,
    *,
    what: str,
    due: UntilDay | None = None,
    reason: Reason | None = None,
    reference: Reference | None = None,
) -> Outcome:
    """Agree that a service, a host or a tenant is fine in this room."""
    until = due or end_of_school_year(asker.today)
    rule = Rule(
        _meant(what, project, asker, context),
        reference=(reference or "")[:LONGEST_WHAT],
        until=until,
    )
    _keep(project, asker, rule, reason)
    told = say(
        _("Agreed in this project until {day}: {name}."), name=name_of_rule(rule.what), day=until
    )
    if due:
        return Outcome(announces=told)
    hint = say(
        _("No date was given: it ends with the school year. Another day: {how}"),
        how=Typed(OK, {"what": _typed(rule), "due": _sooner(until, asker.today)}),
    )
    return Outcome(announces=told, says=hint)


def _typed(rule: Rule) -> Part:
    name = name_of_rule(rule.what)
    return name.text if isinstance(name, Code) else name


def end_of_school_year(today: date) -> date:
    """Return the end of August to which an agreement made *today* lasts by itself."""
    return date(today.year + (today.month >= SUMMER), 8, 31)


def _sooner(until: date, today: date) -> date:
    """Return another day as an example: the end of June, if it is still to come."""
    june = date(until.year, 6, 30)
    return june if june > today else until


def _meant(what: str, project: Project, asker: Asker, context: Context) -> str:
    """Return what a rule about *what* is kept under; Refusal if it, or a day behind it, is none."""
    languages = (asker.language, *context.languages)
    found = what_is_meant(what, languages)
    if found is None:
        trouble = wrong_day(what, Situation(project, asker, languages))
        raise Refusal(trouble) if trouble else _unknown(what)
    return found


def _keep(project: Project, asker: Asker, rule: Rule, reason: str | None) -> None:
    """Keep *rule*, instead of an earlier one about the same."""
    rules = [one for one in project.charter.rules if one.what != rule.what]
    if len(rules) >= MOST_RULES:
        raise Refusal(
            say(
                _("There are {n} agreements already. Remove one first: {how}"),
                n=len(rules),
                how=Typed(EXCEPTIONS),
            )
        )
    rule.reason = (reason or "")[:LONGEST_REASON]
    rule.decided_by = asker.role.name.lower()
    rule.made = asker.now
    project.charter.rules = [*rules, rule]


@command(
    _(
        "charter (remind|mind|no) {what} [(until|till|up to|by) {due}] "
        "[(because|since|for) {reason}]"
    ),
    _("Remind the room of a service or an address as well."),
    example=_("charter remind example.org because we use the wiki"),
    may=Role.TEACHER,
    sealed=True,
)
def remind(  # noqa: PLR0913 - an agreement has these parts
    project: Project,
    asker: Asker,
    context: Context,
    *,
    what: str,
    due: UntilDay | None = None,
    reason: Reason | None = None,
) -> Outcome:
    """Agree that a service or a host is not for this project: the room is reminded of it."""
    rule = Rule(_meant(what, project, asker, context), allowed=False, until=due)
    _keep(project, asker, rule, reason)
    return Outcome(
        announces=say(
            _("Noted: in this project, links to {name} bring a reminder."),
            name=name_of_rule(rule.what),
        )
    )


@command(
    EXCEPTIONS, _("What was agreed about services."), example=_("charter exceptions"), shows=True
)
def exceptions(project: Project, asker: Asker, context: Context) -> Outcome:
    """List the agreements of the room, then those of the institution."""
    own = [rule_line(one, asker.today) for one in reversed(project.charter.rules)]
    house = [
        Joined((rule_line(one, asker.today), say(_("everywhere"))))
        for one in context.institution.rules
    ]
    if not own and not house:
        how = Typed(OK, {"what": "YouTube", "reason": "…"})
        return Outcome(
            says=say(
                _("No exceptions to the charter have been agreed. A teacher can: {how}"), how=how
            )
        )
    return Outcome(says=Lines(first_lines([*own, *house], MOST_LINES)))


@command(
    _(
        "charter (exception|exceptions|agreement|rule) (remove|delete) {what}\n"
        "charter (remove|delete) {what}"
    ),
    _("Remove an agreement: the charter holds again."),
    example=_("charter exception remove YouTube"),
    may=Role.TEACHER,
    sealed=True,
)
def remove(project: Project, asker: Asker, context: Context, *, what: str) -> Outcome:
    """Remove an agreement of the room."""
    meant = _meant(what, project, asker, context)
    kept = [one for one in project.charter.rules if one.what != meant]
    if len(kept) == len(project.charter.rules):
        raise Refusal(
            say(
                _("There is no agreement about {name} here. {how} shows all."),
                name=name_of_rule(meant),
                how=Typed(EXCEPTIONS),
            )
        )
    project.charter.rules = kept
    return Outcome(
        announces=say(_("The agreement about {name} has ended."), name=name_of_rule(meant))
    )


@command(
    SIGN,
    _("Record that your school has signed the charter."),
    example=_("charter sign"),
    may=Role.TEACHER,
    sealed=True,
)
def sign(project: Project, asker: Asker, context: Context, *, school: str = "") -> Outcome:
    """Record the adhesion of the asker's school: the head has signed outside the chat."""
    partner = _class_of(project, asker, school)
    named = school if _partner_called(project, school) is None else ""
    signature = Signature(
        (named or partner.name)[:LONGEST_SCHOOL],
        partner.country,
        version_of(context.institution),
        asker.today,
        asker.language,
        asker.role.name.lower(),
        digests_of(context.institution),
    )
    project.charter.signatures[partner.code] = signature
    told = say(
        _("{school} has signed the charter, version {version} ({day})."),
        school=signature.school,
        version=signature.version,
        day=signature.day,
    )
    hint = say(
        _("The head teacher signs outside the chat; I only note it. Not signed yet? {how}"),
        how=Typed(WITHDRAW),
    )
    return Outcome(announces=told, says=hint)


@command(
    WITHDRAW,
    _("Take your school's signature back."),
    example=_("charter withdraw"),
    may=Role.TEACHER,
    sealed=True,
)
def withdraw(project: Project, asker: Asker, *, school: str = "") -> Outcome:
    """Take the adhesion of a school back: a teacher of the class, or a coordinator."""
    partner = _class_of(project, asker, school)
    found = project.charter.signatures.pop(partner.code, None)
    if found is None:
        raise Refusal(say(_("{school} has not signed yet."), school=partner.name))
    return Outcome(
        announces=say(
            _("{school} has withdrawn its signature of the charter."), school=found.school
        )
    )


def _partner_called(project: Project, typed: str) -> Partner | None:
    """Return the class whose code or name *typed* is."""
    wanted = fold(typed)
    return next(
        (one for one in project.partners.values() if wanted in {fold(one.code), fold(one.name)}),
        None,
    )


def _class_of(project: Project, asker: Asker, typed: str) -> Partner:
    """Return the class that the asker may speak for: their own, a coordinator for any."""
    own, named = project.partner_of(asker.user), _partner_called(project, typed)
    if named and own and named.code != own.code and asker.role < Role.COORDINATOR:
        raise Refusal(
            say(
                _("You are a teacher of {own}: {other} signs for itself."),
                own=own.name,
                other=named.name,
            )
        )
    if partner := named or own:
        return partner
    code = next(iter(project.partners), None)
    if code is None:
        raise Refusal(
            say(_("There is no class yet. Add yours first: {how}"), how=Typed(ADD, EXAMPLE))
        )
    raise Refusal(
        say(_("Which class is yours? Tell me first: {how}"), how=Typed(IAM, {"partner": code}))
    )


@command(
    _("charter mode {mode}\ncharter (note|notes) {mode}"),
    _("How I speak about links: note, reaction, off or dry."),
    example=_("charter mode reaction"),
    may=Role.COORDINATOR,
    sealed=True,
)
def mode(project: Project, asker: Asker, context: Context, *, mode: Mode) -> Outcome:
    """Set how the guard behaves in this room."""
    del asker
    project.charter.mode = mode
    return Outcome(announces=manners(project, context.institution))


@command(
    _("charter (pause|cooldown) {days} [days|day]"),
    _("Days without a second reminder of the same kind."),
    example=_("charter pause 14 days"),
    may=Role.COORDINATOR,
    sealed=True,
)
def pause(project: Project, asker: Asker, *, days: int) -> Outcome:
    """Set for how long the room is not reminded of the same kind of service again."""
    del asker
    if not 1 <= days <= LONGEST_PAUSE:
        raise Refusal(say(_("From 1 to {most} days, please."), most=LONGEST_PAUSE))
    project.charter.cooldown_days = days
    return Outcome(reaction="👍")
