"""The catalogue of services: sound data, what one does where, what to suggest instead."""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib.resources import files
from urllib.parse import quote

import pytest

from bot.language.links import HERE, alternatives, find, find_all, hosts_in, service_named
from bot.language.links.catalogue import shipped
from bot.model.services import Act, Found, Kind, Service
from tests.together import together

SERVICES = list(shipped().services.values())
SPOKEN_OF = {Kind.CONSUMER, Kind.SHORTENER}
CATEGORIES = {
    *("mail", "chat", "tasks", "visio", "files", "docs", "calendar", "datepoll", "publish"),
    *("video", "forum", "poll", "wall", "mindmap", "photos", "translate", "ai", "form", "lms"),
    *("social", "sign", "shortener", "wrapper"),
}


def only(text: str) -> Found:
    (found,) = find_all(text)
    return found


def test_ids_are_unique() -> None:
    """The file says each id once: none hides another."""
    told = json.loads((files("bot.data") / "services.json").read_text(encoding="utf-8"))

    assert len(SERVICES) == len(told["services"]) > 350
    assert "EUPL" in told["licence"]


def test_the_file_is_read_by_people() -> None:
    """One service a line."""
    lines = (files("bot.data") / "services.json").read_text(encoding="utf-8").splitlines()

    assert len(SERVICES) == sum('{"id": ' in line for line in lines)
    assert max(map(len, lines)) < 1_000


@together([(service,) for service in SERVICES], columns=0)
def test_an_entry_is_sound(service: Service) -> None:
    """Hosts are lower-case names, categories and alternatives exist, names fit into a line."""
    places = [*service.hosts, *(rule.place for rule in service.rules)]

    assert places
    assert all(re.fullmatch(r"([a-z0-9-]+\.)+[a-z]{2,}", host) for host in service.hosts)
    assert all(re.fullmatch(r"([a-z0-9.-]+)?(/[\w./@-]+)?", place) for place in places)
    assert CATEGORIES >= {*service.categories, *(rule.category for rule in service.rules)} - {""}
    assert service.categories
    assert service.alternatives == tuple(filter(shipped().services.get, service.alternatives))
    assert not {service.id} & set(service.alternatives)
    assert re.fullmatch(r"|EU|[A-Z]{2}(-[A-Z0-9]{1,3})?", service.jurisdiction)
    assert set("spg") >= set(service.who)
    assert 40 >= len(service.name)
    assert (service.kind is Kind.WRAPPER) == bool(service.parameters)


def test_a_place_has_one_owner() -> None:
    """No host, and no path of it, stands in two entries."""
    places = Counter(
        (place.host, place.path) for several in shipped().places.values() for place in several
    )

    assert [] == [place for place, times in places.items() if times > 1]


def test_every_act_and_category_has_its_article() -> None:
    """Whatever is found can cite one of the fifteen articles."""
    does = {(place.act, place.category) for one in shipped().places.values() for place in one}

    assert set(range(1, 16)) >= {shipped().article(act, category) for act, category in does}


HOSTS = [(host, service) for service in SERVICES for host in service.hosts]


@together(HOSTS, columns=0)
def test_every_host_is_recognised(host: str, service: Service) -> None:
    """With and without `https://`, alone and in front of a path; of its kind, and of no other."""
    if service.kind is Kind.WRAPPER:
        assert [] == [one for one in find_all(f"https://{host}") if one.service.id == service.id]
        return
    for text in (f"https://{host}", f"see www.{host}/x!", host):
        assert service.id == only(text).service.id
        assert (service.kind in SPOKEN_OF) == bool(find(text))


@pytest.mark.parametrize(
    ("address", "service", "act", "category", "article"),
    [
        ("youtube.com/watch?v=1", "YouTube", Act.VIEW, "video", 1),
        ("youtu.be/abc", "YouTube", Act.VIEW, "video", 1),
        ("https://www.youtube.com/upload", "YouTube", Act.DEPOSIT, "video", 6),
        ("https://youtube.com/uploads-of-lea", "YouTube", Act.VIEW, "video", 1),
        ("https://studio.youtube.com/channel/x", "YouTube", Act.DEPOSIT, "video", 6),
        ("docs.google.com/document/d/1", "Google Docs", Act.DEPOSIT, "docs", 4),
        ("docs.google.com/forms/d/1", "Google Forms", Act.COLLECT, "form", 5),
        ("docs.google.com/%66orms/d/1", "Google Forms", Act.COLLECT, "form", 5),
        ("docs.google.com/u/0/forms/d/1", "Google Forms", Act.COLLECT, "form", 5),
        ("docs.google.com/formsofart", "Google Docs", Act.DEPOSIT, "docs", 4),
        ("goo.gl/forms/x", "Google Forms", Act.COLLECT, "form", 5),
        ("goo.gl/x", "goo.gl", Act.VIEW, "shortener", 8),
        ("facebook.com/groups/x", "Facebook", Act.INVITE, "social", 3),
        ("facebook.com/lycee", "Facebook", Act.VIEW, "social", 1),
        ("discord.gg/abc", "Discord", Act.INVITE, "chat", 3),
        ("zoom.us/j/1", "Zoom", Act.INVITE, "visio", 2),
        ("photos.app.goo.gl/x", "Google Photos", Act.DEPOSIT, "photos", 6),
        ("icloud.com/sharedalbum/#B0", "iCloud", Act.DEPOSIT, "photos", 6),
        ("deepl.com/translator", "DeepL", Act.DEPOSIT, "translate", 14),
        ("chatgpt.com/c/1", "ChatGPT", Act.DEPOSIT, "ai", 14),
        ("doodle.com/poll/1", "Doodle", Act.COLLECT, "datepoll", 5),
        ("bit.ly/x", "bit.ly", Act.VIEW, "shortener", 8),
    ],
)
def test_what_a_link_does_follows_from_its_path(
    address: str, service: str, act: Act, category: str, article: int
) -> None:
    """Watching a video is not uploading one; a form collects, a document holds."""
    found = only(address)

    assert (service, act, category) == (found.service.name, found.act, found.category)
    assert article == found.article


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("tube-arts-lettres-sciences-humaines.apps.education.fr/w/1", Kind.INSTITUTIONAL),
        ("any.ac-poitiers.fr", Kind.INSTITUTIONAL),
        ("ministry.gov.pl", Kind.INSTITUTIONAL),
        ("mon.lyceeconnecte.fr", Kind.INSTITUTIONAL),
        ("index-education.net", Kind.CONTRACT),
        ("framapad.org/p/x", Kind.COMMONS),
        ("frama.link/x", Kind.COMMONS),
        ("fr.wikipedia.org/wiki/Comenius", Kind.REFERENCE),
        ("maps.app.goo.gl/x", Kind.REFERENCE),
        ("goo.gl/maps/x", Kind.REFERENCE),
        ("matrix.to/#/@lea:school.example", Kind.COMMONS),
    ],
)
def test_what_schools_use_is_recognised_and_silent(address: str, kind: Kind) -> None:
    """Institutional, under contract, commons: told apart, never spoken about."""
    assert kind is only(address).service.kind
    assert () == find(address)


@pytest.mark.parametrize(
    "address",
    [
        "support.google.com/docs",
        "policies.google.com/privacy",
        "https://support.discord.com/hc",
        "https://discord.com/privacy",
        "https://www.youtube.com/t/terms",
        "https://www.facebook.com/privacy/policy",
        "https://x.com/en/privacy",
        "https://faq.whatsapp.com/1",
        "https://openai.com/policies/terms-of-use",
        "https://www.whatsapp.com/legal/privacy-policy",
        "https://padlet.com/about/privacy.html",
        "https://www.deepl.com/de/datenschutz",
    ],
)
def test_what_a_service_says_of_itself_is_silent(address: str) -> None:
    """To read about the privacy of a service is what the charter wants."""
    assert () == find(address)


WRAPPERS = {
    "Google": "https://www.google.com/url?sa=t&q={}&ust=1",
    "Google by its other name": "https://google.fr/url?sa=t&amp;url={}",
    "Facebook": "https://l.facebook.com/l.php?u={}&h=x",
    "Instagram": "https://l.instagram.com/?u={}",
    "YouTube": "https://www.youtube.com/redirect?event=x&q={}",
    "LinkedIn": "https://www.linkedin.com/safety/go?url={}",
    "Outlook": "https://eur02.safelinks.protection.outlook.com/?url={}&data=05",
    "Slack": "https://slack-redir.net/link?url={}",
    "Reddit": "https://out.reddit.com/t3_x?url={}",
    "VK": "https://vk.com/away.php?to={}",
    "DuckDuckGo": "https://duckduckgo.com/l/?uddg={}",
    "Proofpoint 1": "https://urldefense.proofpoint.com/v1/url?u={}&k=x",
}


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
def test_a_wrapper_is_taken_off(wrapper: str) -> None:
    """What counts is where the link leads at last, be it a service, a school or nothing known."""
    assert ["padlet.com"] == [
        one.host for one in find(wrapper.format(quote("https://padlet.com/x?a=b", safe="")))
    ]
    school = wrapper.format(quote("https://lycee-x.fr/youtube.com", safe=""))
    assert () == find_all(school)
    assert [("lycee-x.fr", "/youtube.com")] == list(hosts_in(school))


def test_proofpoint_writes_in_two_ways_of_its_own() -> None:
    """Its second and third version hide the signs of an address."""
    second = "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.padlet.com_x-3Fa-3Db&d=DwM"
    third = "https://urldefense.com/v3/__https://www.padlet.com/x?a=b__;!!abc$"

    assert "www.padlet.com" == only(second).host == only(third).host


def test_wrappers_in_wrappers_are_taken_off_three_deep() -> None:
    """The fourth stays on, and counts as whose it is."""
    address = "https://padlet.com/x"
    for _ in range(3):
        address = f"https://l.facebook.com/l.php?u={quote(address, safe='')}"
        assert "Padlet" == only(address).service.name

    assert "Facebook" == only(f"https://l.facebook.com/l.php?u={quote(address)}").service.name
    assert "Facebook" == only("https://l.facebook.com/l.php").service.name
    assert () == find_all("https://www.google.com/url?q=/search")


@pytest.mark.parametrize(
    ("address", "tenant"),
    [
        ("https://contoso.sharepoint.com/x", "contoso"),
        ("https://contoso-my.sharepoint.com/personal/x", "contoso"),
        ("https://www.sharepoint.com", ""),
        ("https://docs.google.com/a/Lycee-X.fr/document/d/1", "lycee-x.fr"),
        ("https://docs.google.com/a/lycee-x.fr/forms/d/1", "lycee-x.fr"),
        ("https://docs.google.com/document/d/1", ""),
        ("https://team-x.slack.com/archives", "team-x"),
        ("https://lycee.padlet.org/a/b/c", ""),
    ],
)
def test_an_address_may_name_the_tenant(address: str, tenant: str) -> None:
    """So that a school can agree to its own part of a service."""
    assert tenant == only(address).tenant


@pytest.mark.parametrize(
    ("address", "countries", "names"),
    [
        ("youtube.com", ["FR"], ["Tubes"]),
        ("youtube.com", ["FR", "PL"], ["Tubes"]),
        ("youtube.com", ["PL", "IT"], ["this room"]),
        ("youtube.com", ["SI", "IT"], ["Arnes"]),
        ("padlet.com", ["FR", "PL"], ["Digipad", "TwinSpace (eTwinning)"]),
        ("padlet.com", [], ["Digipad", "TwinSpace (eTwinning)"]),
        ("zoom.us", ["DE", "PL"], ["Framatalk"]),
        ("zoom.us", ["fr", "de"], ["Visio-Agents", "Visio (La Suite)"]),
        ("wetransfer.com", ["DE-BY"], ["BayernCloud Schule"]),
        ("wetransfer.com", ["DE"], ["this room"]),
        ("whatsapp.com", ["FR"], ["this room"]),
        ("facebook.com/groups/x", ["DE", "PL"], ["this room"]),
        ("gmail.com", ["FR"], ["this room"]),
        ("gmail.com", ["IT"], ["this room"]),
        ("docs.google.com/forms", ["PL", "IT"], ["Framaforms", "CryptPad"]),
        ("docs.google.com/forms", ["FR"], ["Grist (La Suite)", "Framaforms"]),
        ("trello.com", ["FR-NAQ"], ["iCart", "Lycée Connecté"]),
        ("trello.com", ["FR"], ["this room"]),
        ("calendar.google.com", ["PL"], ["this room"]),
        ("chatgpt.com", ["FR"], []),
        ("bit.ly/x", ["FR"], []),
    ],
)
def test_what_is_suggested_opens_for_every_partner(
    address: str, countries: list[str], names: list[str]
) -> None:
    """A national tool only where one of its country is there and guests can follow a link."""
    assert names == [one.name for one in alternatives(only(address), countries)]


MEMBERS = [
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
]
"""The states of the European Union."""
NO_SUBSTITUTE = {"ai", "lms", "sign"}
"""Categories for which the schools of a country have something, or nobody has."""


@pytest.mark.parametrize("country", MEMBERS)
def test_every_country_of_the_union_has_something_to_suggest(country: str) -> None:
    """For whatever a class does elsewhere, there is a place that pupils or guests can open."""
    found = {
        Found("x.example", place.service, place.act, place.category, 1)
        for several in shipped().places.values()
        for place in several
        if place.service.kind is Kind.CONSUMER and place.category not in NO_SUBSTITUTE
    }

    suggested = [alternatives(one, [country]) for one in found]

    assert {1, 2} == {len(one) for one in suggested}
    assert all({"p", "g"} & set(service.who) for one in suggested for service in one)
    assert not any(len(one) > 1 for one in suggested if HERE in one)


@pytest.mark.parametrize(
    ("word", "id_"),
    [
        ("padlet", "cs.padlet"),
        (" Padlet ", "cs.padlet"),
        ("youtube.com", "cs.youtube"),
        ("www.youtube.com", "cs.youtube"),
        ("YouTube", "cs.youtube"),
        ("Twitter", "cs.x"),
        ("google docs", "cs.gdocs"),
        ("Calameo", "cs.calameo"),
        ("kahoot", "cs.kahoot"),
        ("tubes", "fr.tubes"),
        ("twinspace", "eu.esep"),
        ("bit.ly", "sh.bit.ly"),
        ("cs.zoom", "cs.zoom"),
        ("teams", "cs.msteams"),
        ("classroom", "cs.gclass"),
    ],
)
def test_a_service_is_known_by_its_names(word: str, id_: str) -> None:
    """As people ask for it: `!charter why padlet`."""
    service = service_named(word)

    assert service is not None
    assert id_ == service.id


@pytest.mark.parametrize("word", ["", "  ", "blue whale", "google", "youtube.lycee-x.fr"])
def test_what_no_service_is_called(word: str) -> None:
    """Nothing is guessed."""
    assert service_named(word) is None
