"""The link scanner against corpora by someone who had not read it.

Recall: every host of a consumer service or shortener, in seventeen disguises, in every sentence of
`data/sentences.tsv`. Silence: the hosts of `data/neutral_hosts.txt`, the lines of
`data/chat_lines.tsv`, and hosts that only look like a consumer service's.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib import resources
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.language.links import find, find_all, hosts_in

DATA = Path(__file__).parent / "data"
LANGUAGES = ("en", "fr", "de", "es", "it", "pl", "pt", "nl", "ro", "el", "tr", "ar")
SPOKEN_OF = ("consumer", "shortener")
"""The kinds of service about which the guard may speak."""

OWNERS = {
    "youtube.com": "cs.youtube",
    "youtu.be": "cs.youtube",
    "vimeo.com": "cs.vimeo",
    "drive.google.com": "cs.gdrive",
    "docs.google.com": "cs.gdocs",
    "forms.gle": "cs.gforms",
    "sites.google.com": "cs.gsites",
    "meet.google.com": "cs.gmeet",
    "photos.app.goo.gl": "cs.gphotos",
    "teams.microsoft.com": "cs.msteams",
    "forms.office.com": "cs.msforms",
    "1drv.ms": "cs.onedrive",
    "sharepoint.com": "cs.sharepoint",
    "dropbox.com": "cs.dropbox",
    "we.tl": "cs.wetransfer",
    "wa.me": "cs.whatsapp",
    "facebook.com": "cs.facebook",
    "instagram.com": "cs.instagram",
    "vm.tiktok.com": "cs.tiktok",
    "snapchat.com": "cs.snapchat",
    "x.com": "cs.x",
    "discord.gg": "cs.discord",
    "t.me": "cs.telegram",
    "zoom.us": "cs.zoom",
    "padlet.com": "cs.padlet",
    "trello.com": "cs.trello",
    "canva.com": "cs.canva",
    "view.genially.com": "cs.genially",
    "kahoot.it": "cs.kahoot",
    "quizlet.com": "cs.quizlet",
    "doodle.com": "cs.doodle",
    "blogspot.com": "cs.blogger",
    "deepl.com": "cs.deepl",
    "chatgpt.com": "cs.chatgpt",
    "bit.ly": "sh.bit.ly",
    "tinyurl.com": "sh.tinyurl.com",
}
"""Hosts that the catalogue may not lose, and whose they are (as the facts on the charter say)."""

WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
"""ASCII to its full-width forms, which UTS 46 maps back."""

CYRILLIC = str.maketrans("aceopxy", "асеорху")
"""Letters to those that look the same and are another host's."""


def _zero_width(host: str) -> str:
    """Put in what UTS 46 ignores: a zero-width space, a soft hyphen and a word joiner."""
    return f"{host[:1]}\u200b{host[1:2]}\u00ad{host[2:-1]}\u2060{host[-1:]}"


def _outlook(host: str) -> str:
    inner = quote(f"https://{host}/classe", safe="")
    return f"https://eur01.safelinks.protection.outlook.com/?url={inner}&data=05%7C02&reserved=0"


def _google(host: str) -> str:
    inner = quote(f"https://{host}/watch?id=1", safe="")
    return f"https://www.google.com/url?sa=D&q={inner}&usg=AOvVaw"


WRITTEN: dict[str, Callable[[str], str]] = {
    "plain": lambda host: f"https://{host}",
    "with www": lambda host: f"http://www.{host}/projet-2026",
    "upper case": lambda host: f"HTTPS://{host.upper()}",
    "trailing dot and port": lambda host: f"https://{host}.:443/a?b=c#d",
    "userinfo": lambda host: f"https://school.example@{host}/album",
    "bare": lambda host: f"{host}/abc123",
    "defanged": lambda host: f"hxxps://{host.replace('.', '[.]')}/abc",
    "defanged by a word": lambda host: f"{host.replace('.', '[dot]')}/abc",
    "full width": lambda host: f"https://{host.translate(WIDE)}/abc",
    "zero width": lambda host: f"https://{_zero_width(host)}/abc",
    "in a Google redirect": _google,
    "in an Outlook redirect": _outlook,
    "ideographic full stops": lambda host: f"https://{host.replace('.', '。')}/abc",
}
"""Disguises in the text: a browser, or a reader of the defanged one, still gets to the host."""

HIDDEN: dict[str, Callable[[str], str]] = {
    "behind other words": lambda host: f"https://{host}/abc",
    "percent-encoded host": lambda host: f"https://%{ord(host[0]):02x}{host[1:]}/abc",
    "backslashes": lambda host: f"https:\\\\{host}\\abc",
    "character references": lambda host: f"https://&#{ord(host[0])};{host[1:]}/abc?a=1&amp;b=2",
}
"""Disguises only in the `href` of the formatted body, as the WHATWG URL standard reads them."""

LOOKALIKES: dict[str, Callable[[str], str]] = {
    "front of another host": lambda host: f"https://{host}.evil.example/abc",
    "userinfo of another host": lambda host: f"http://{host}@evil.example/abc",
    "user and password": lambda host: f"https://{host}:{host}@evil.example/",
    "longer word": lambda host: f"https://not{host}/abc",
    "longer bare word": lambda host: f"not{host}/abc",
    "hyphenated word": lambda host: f"https://evil-{host}/abc",
    "dashes for dots": lambda host: f"https://{host.replace('.', '-')}.school.example/",
    "label of a school's host": lambda host: f"https://{host.split('.')[0]}.school.example/",
    "path of a school's site": lambda host: f"https://school.example/{host}",
    "query of a school's site": lambda host: f"https://school.example/page?about={host}",
    "fragment of a school's site": lambda host: f"https://school.example/page#{host}",
    "Cyrillic letters": lambda host: f"https://{host.translate(CYRILLIC)}/abc",
    "e-mail address": lambda host: f"lea.martin@{host}",
    "person on Matrix": lambda host: f"@lea:{host}",
    "room on Matrix": lambda host: f"#classe:{host}",
    "name of a file": lambda host: f"{host}.pdf",
}
"""What mentions a host and leads somewhere else, or nowhere."""


def catalogue() -> Iterator[dict[str, object]]:
    """Read the catalogue's entries from its file, not through the scanner that is judged."""
    text = (resources.files("bot.data") / "services.json").read_text("utf-8")
    yield from json.loads(text)["services"]


def spoken_of() -> dict[str, set[str]]:
    """Every consumer host of the catalogue, and the ids of the services that list it.

    A whole top-level domain, such as `youtube`, stands for a host in it.
    """
    owners: dict[str, set[str]] = defaultdict(set)
    for entry in catalogue():
        if entry["kind"] in SPOKEN_OF:
            for host in entry["hosts"]:  # type: ignore[attr-defined]
                owners[host if "." in host else f"classe.{host}"].add(str(entry["id"]))
    return owners


def others() -> dict[str, set[str]]:
    """Every host that is neither spoken of nor only a wrapper round another address."""
    owners: dict[str, set[str]] = defaultdict(set)
    for entry in catalogue():
        if entry["kind"] not in {*SPOKEN_OF, "wrapper"}:
            for host in entry["hosts"]:  # type: ignore[attr-defined]
                owners[host].add(str(entry["id"]))
    return owners


def rows(name: str) -> list[tuple[str, str]]:
    """Read a language and a text a line from the file *name*."""
    lines = (DATA / name).read_text("utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(language, text) for language, text in pairs]


def neutral_hosts() -> list[str]:
    lines = (DATA / "neutral_hosts.txt").read_text("utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def wrong(host: str, ids: set[str], text: str, html: str | None = None) -> str:
    """Say what is wrong with the finding in *text*, which leads to *host* and nowhere else."""
    found = find(text, html)
    if len(found) == 1 and found[0].service.id in ids:
        same = found[0].host in {host, f"www.{host}"}
        return "" if same else f"{text!r} {html or ''}: host {found[0].host}"
    got = [(each.host, each.service.id) for each in found]
    return f"{text!r} {html or ''}: {got}, wanted {sorted(ids)}"


def lines_of(failures: list[str]) -> str:
    """Show the first of many *failures*."""
    return "\n".join([f"{len(failures)} failures", *failures[:40]])


def test_the_catalogue_still_knows_the_services_that_schools_meet_most() -> None:
    """Recall over a catalogue means little if the catalogue shrinks."""
    owners = spoken_of()
    assert {host: owner for host, owner in OWNERS.items() if owner not in owners[host]} == {}
    assert len(owners) >= 350


@pytest.mark.parametrize("disguise", WRITTEN)
def test_no_consumer_host_escapes_by_the_way_it_is_written(disguise: str) -> None:
    """Every host, in every sentence of eight languages, is named: recall is 100 %."""
    sentences = [text for _, text in rows("sentences.tsv")]
    failures = []
    for host, ids in spoken_of().items():
        link = WRITTEN[disguise](host)
        texts = (sentence.replace("{}", link) for sentence in sentences)
        failures += [fault for text in texts if (fault := wrong(host, ids, text))]
    assert failures == [], lines_of(failures)


@pytest.mark.parametrize("disguise", WRITTEN)
def test_every_other_host_of_the_catalogue_is_told_apart(disguise: str) -> None:
    """Institutional, contract, commons: known for what they are in each disguise, never flagged."""
    sentences = [text for _, text in rows("sentences.tsv")]
    failures = []
    for host, ids in others().items():
        link = WRITTEN[disguise](host)
        for text in (sentence.replace("{}", link) for sentence in sentences):
            known = {one.service.id for one in find_all(text)}
            if not known & ids or find(text):
                failures.append(f"{text!r}: {sorted(known)}, wanted {sorted(ids)}")
    assert failures == [], lines_of(failures)


@pytest.mark.parametrize("disguise", HIDDEN)
def test_no_consumer_host_escapes_behind_the_words_of_a_link(disguise: str) -> None:
    """The formatted body leads where its `href` leads, whatever the words say."""
    failures = []
    for host, ids in spoken_of().items():
        link = HIDDEN[disguise](host)
        for _, sentence in rows("sentences.tsv"):
            text = sentence.replace("{}", "school.example")
            anchor = f'<a href="{link}">school.example</a>'
            html = f"<p>{sentence.replace('<{}>', '{}').replace('{}', anchor)}</p>"
            failures.append(wrong(host, ids, text, html))
    failures = [failure for failure in failures if failure]
    assert failures == [], lines_of(failures)


def test_a_link_that_clients_send_twice_is_found_once() -> None:
    """Clients put the address into the body and, as a link, into the formatted body."""
    failures = []
    for host, ids in spoken_of().items():
        link = f"https://{host}/abc"
        html = f'<p>Voir <a href="{link}">{link}</a></p>'
        failures.append(wrong(host, ids, f"Voir {link}", html))
    failures = [failure for failure in failures if failure]
    assert failures == [], lines_of(failures)


@pytest.mark.parametrize("lookalike", LOOKALIKES)
def test_what_only_mentions_a_consumer_host_is_left_alone(lookalike: str) -> None:
    """Suffixes are whole labels of the host that a browser opens: never a part of the text."""
    known = spoken_of()
    failures = []
    for host in known:
        link = LOOKALIKES[lookalike](host)
        if known.keys() & set(suffixes(link)):  # evil-app.box.com is a host of box.com
            continue
        for text in (f"Regardez {link} avant vendredi", f"({link})", link):
            failures += [f"{text!r}: {each.host}, {each.service.id}" for each in find(text)]
    assert failures == [], lines_of(failures)


def suffixes(link: str) -> Iterator[str]:
    """Yield the host of *link*, then the same without its first label, and so on."""
    host = link.removeprefix("https://").split("/")[0]
    while host and "@" not in host:
        yield host
        host = host.partition(".")[2]


def test_institutional_school_and_neutral_hosts_are_never_flagged() -> None:
    """At least 2,000 of them: each address is read, and none is spoken about."""
    failures = []
    for host in neutral_hosts():
        text = f"Voir https://{host}/ et {host}/page (www.{host}), http://{host}:8080/?a=b#c."
        html = f'<p>Voir <a href="https://{host}/projet">notre page</a></p>'
        failures += [f"{each.host}: {each.service.id}" for each in find(text, html)]
        if host not in {address.host for address in hosts_in(text, None)}:
            failures.append(f"{host}: not seen as an address")
    assert failures == [], lines_of(failures)


@pytest.mark.parametrize("disguise", WRITTEN | HIDDEN)
def test_a_neutral_host_stays_neutral_in_every_disguise(disguise: str) -> None:
    """A school's address that Outlook or Google wrapped is not a link to Outlook or Google."""
    failures = []
    for host in neutral_hosts():
        link = (WRITTEN | HIDDEN)[disguise](host)
        found = find(f"Voir {link}, merci", f'<p>Voir <a href="{link}">ici</a>, merci</p>')
        failures += [f"{link}: {each.host}, {each.service.id}" for each in found]
    assert failures == [], lines_of(failures)


def test_ordinary_chat_in_twelve_languages_is_silent() -> None:
    """File names, missing spaces, times, names of services and e-mail addresses are no links."""
    failures = []
    for language, line in rows("chat_lines.tsv"):
        got = [(each.host, each.service.id) for each in find(line)]
        failures += [f"{language} {line!r}: {got}"] * bool(got)
    assert failures == [], lines_of(failures)


def test_chat_around_a_link_hides_nothing() -> None:
    """The silence above is a judgement: a link between the same lines is found, and it alone."""
    failures = []
    for (_, before), (_, after) in pairwise(rows("chat_lines.tsv")):
        text = f"{before} https://youtu.be/abc {after}"
        failures.append(wrong("youtu.be", {"cs.youtube"}, text))
    failures = [failure for failure in failures if failure]
    assert failures == [], lines_of(failures)


def test_the_corpora_are_as_large_as_promised_and_name_their_sources() -> None:
    """What is counted in the documentation is counted here."""
    hosts, lines = neutral_hosts(), [language for language, _ in rows("chat_lines.tsv")]
    assert len(hosts) == len(set(hosts)) >= 2_500
    assert all(host == host.strip().lower() and "." in host for host in hosts)
    assert {language: lines.count(language) >= 30 for language in LANGUAGES} == dict.fromkeys(
        LANGUAGES, True
    )
    assert len({language for language, _ in rows("sentences.tsv")}) == 8
    assert len(WRITTEN) + len(HIDDEN) >= 12
    text = (DATA / "neutral_hosts.txt").read_text("utf-8")
    sources = [line for line in text.splitlines() if line.startswith("# source: ")]
    assert len(sources) >= 10
    assert all(source.endswith(")") for source in sources)
