"""Which addresses are seen in a message, and where a browser would go with them."""

from __future__ import annotations

import pytest

from bot.language.links import find, hosts_in


def services(text: str, html: str | None = None) -> list[str]:
    return [one.service.name for one in find(text, html)]


@pytest.mark.parametrize(
    "text",
    [
        "https://youtube.com",
        "http://www.youtube.com/watch?v=1",
        "HTTPS://WWW.YouTube.COM./",
        "https://youtube.com:8443/watch",
        "https://user:pw@youtube.com/",
        "https://evil.example@youtube.com/",
        "https:youtube.com",
        "https:/youtube.com",
        "https:\\\\youtube.com\\watch",
        "https://youtube%2Ecom/",
        "https://%79outube.com",
        "//youtube.com/watch",
        "youtube.com",
        "YOUTUBE.COM/watch",
        "m.youtube.com",
        "youtube.com:443",
        "hxxps://youtube[.]com",
        "hxxps[://]youtube(.)com",
        "youtube[dot]com",
        "youtube (DOT) com",
        "youtube{.}com",
        "ｙｏｕｔｕｂｅ．ｃｏｍ",
        "https://youtube。com",
        "𝐲𝐨𝐮𝐭𝐮𝐛𝐞.com",
        "you\u200btube.c\u00adom",
        "https://you\u2060tube.com",
    ],
)
def test_a_disguise_leads_where_a_browser_goes(text: str) -> None:
    """Case, ports, userinfo, other signs for a letter or a dot change nothing (WHATWG URL)."""
    assert ["YouTube"] == services(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://youtube.com.evil.example/",
        "http://youtube.com@evil.example",
        "https://user:pw@youtube.com@evil.example/",
        "https://notyoutube.com",
        "not-youtube.com",
        "my_youtube.com",
        "https://youtube.lycee-x.fr/",
        "https://lycee-x.fr/youtube.com",
        "https://lycee-x.fr/page?see=youtube.com#youtube.com",
        "https://lycee-x.fr/?next=https://youtube.com/watch",
        "https://lycee-x.fr/(youtube.com)/[youtube.com]",
        "lycee-x.fr/?a[]=youtube.com",
        "https://xn--youtub-4ua.com",
        "https://youtubé.com",
        "éyoutube.com",
        "вyoutube.com",
        "https://уoutube.com",
        "https://youtubé.com\\@youtube.com",
        "lea@youtube.com",
        "zoé@onedrive.live.com",
        "youtube.com@gmail.com",
        "lea.martin+youtube.com@school.example",
        "mailto:lea@gmail.com",
        "lea[at]gmail[dot]com",
        "@lea:gmail.com",
        "(#class:discord.com)",
        "https://matrix.to/#/#padlet.com:school.example",
        "https://tchap.gouv.fr/#/room/!youtube.com:agent.education.tchap.gouv.fr",
        "mxc://school.example/youtube.com",
        "youtube.comedy",
        "youtube.com.pdf",
        "youtube .com",
        "http://3627734734/ http://[::1]:8080/x",
        "https://[::1]/padlet.com",
        "http://lea@[2001:db8::1]:8080/youtube.com/watch",
        "lea @ gmail.com",
        "lea.martin@ gmail.com",
        "cours.md main.rs fichier.py d'accord.Il",
        "we played kahoot.It was fun",
        "print(s.id)",
        f"https://{'a' * 3_000}.youtube.com/",
        f"https://{'a.' * 130}youtube.com/",
    ],
)
def test_what_only_looks_like_a_service_is_silent(text: str) -> None:
    """A host is compared label by label; other people's paths, names and mail are theirs."""
    assert [] == services(text)


@pytest.mark.parametrize(
    "text",
    [
        "(https://youtube.com/watch?v=1), merci",
        "[vidéo](https://youtube.com/watch)",
        "« https://youtube.com »",
        "«\u00a0youtube.com\u00a0»",
        "«youtube.com»",
        "„https://youtube.com/watch“",
        "regarde…youtube.com…",
        "regarde...youtube.com...",
        "https://youtube.com/watch…",
        "**https://youtube.com**",
        "_youtube.com_ ~youtube.com~",
        "-youtube.com",
        "Regarde:youtube.com!",
        "youtube.com'da izle",
        "https://youtube.com’da",
        "a youtube.com-on",
        "https://www.youtube.com-ról",
        "youtube.com-ზე",
        "youtube.com:ssa",
        "请看youtube.com谢谢",
        "请看https://youtube.com谢谢",
        "《youtube.com》。",
        "youtube.com에서",
        "ดูyoutube.comนะ",
        "בyoutube.com",
        "🎬youtube.com🎬",
        "\u200eyoutube.com\u200f",
        "voirhttps://youtube.com",
        "view-source:https://youtube.com",
        "https://lycee.fr/a,https://youtube.com/watch",
    ],
)
def test_a_sentence_around_an_address_is_not_of_it(text: str) -> None:
    """Quotation marks, brackets, endings and scripts without spaces part from it."""
    assert ["YouTube"] == services(text)


def test_several_addresses_are_told_in_order_and_once() -> None:
    """Each service with each category once, however often it is named."""
    text = (
        "[a](https://padlet.com/x)[b](https://docs.google.com/forms/d/1),docs.google.com/document/d;"
        "trello.com padlet.com/y www.trello.com"
    )

    assert ["Padlet", "Google Forms", "Google Docs", "Trello"] == services(text)


QUOTED = "> <@lea:school.example> see https://youtube.com\n> padlet.com\n\nNo, trello.com"
QUOTED_HTML = (
    '<mx-reply><blockquote><a href="https://matrix.to/#/x">Lea</a> '
    '<a href="https://youtube.com">see</a></blockquote></mx-reply>No, trello.com'
)


def test_a_dot_may_be_encoded_after_a_hyphen() -> None:
    """An ending is cut from what is the last part for a browser, and from nothing else."""
    assert ["e-monsite"] == services("https://e-monsite%2Ecom/x")
    assert ["e-monsite"] == services("https://e-monsite.com-on")


def test_quotes_do_not_count() -> None:
    """Nobody is reminded of what somebody else said, in either body."""
    assert ["Trello"] == services(QUOTED)
    assert ["Trello"] == services(QUOTED, QUOTED_HTML)
    nested = "<blockquote>a<blockquote>b</blockquote>youtube.com</blockquote>trello.com"
    assert ["Trello"] == services("trello.com", nested)
    assert [] == services("x", "<BLOCKQUOTE>youtube.com")
    assert ["YouTube"] == services("x", "</blockquote>youtube.com")


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://youtube.com/watch">our film</a>',
        "<a href='https://youtube.com'>our film</a>",
        "<a class=x href=https://youtube.com>our film</a>",
        '<A HREF = "https&#58;//you&#x74;ube.com">our film</A>',
        '<a href=" https://you\ntube.com ">our film</a>',
        '<a href="https://x:(y)@youtube.com/">our film</a>',
        '<a title="a > b" href="//youtube.com/watch">our film</a>',
        '<a href="youtube.com/watch">our film</a>',
        '<a href="https://youtube.com/?q=<b>">our film</a>',
        '<img src="https://youtube.com/a.png" alt="">',
        "<p>you<b>tube</b>.com</p>",
        "<p>youtube&#46;com&nbsp;!</p>",
        "<ul><li>school</li><li>youtube.com</li></ul>",
    ],
)
def test_a_formatted_body_hides_nothing(html: str) -> None:
    """What stands behind other words is read as a browser reads it, entities and all."""
    assert ["YouTube"] == services("our film", html)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:lea@gmail.com">Lea</a>',
        '<a href="matrix:r/padlet.com:school.example">room</a>',
        '<a href="https://matrix.to/#/@lea:gmail.com">Lea</a>',
        '<a href="https://youtube.com.evil.example">film</a>',
        '<a href="https://youtube.com@evil.example">film</a>',
        '<img src="mxc://youtube.com/abc">',
        "<p>you</p><p>tube.com</p>",
        "youtube<br>.com",
    ],
)
def test_a_formatted_body_invents_nothing(html: str) -> None:
    """Mail addresses, people and rooms of Matrix, and words that are apart are no links."""
    assert [] == services("our film", html)


def test_all_addresses_are_told_for_a_rooms_own_rules() -> None:
    """Known or not, with the host in ASCII and what follows it, each once."""
    text = (
        "https://École.example/a?b#c, files.school.example, cours.md; https://école.example/a?b#c"
    )

    assert [
        ("xn--cole-9oa.example", "/a?b#c"),
        ("files.school.example", ""),
        ("cours.md", ""),
    ] == list(hosts_in(text))


def test_a_message_of_endless_length_is_read_to_a_limit() -> None:
    """64 kB and 50 addresses are told; nobody writes more to a class."""
    assert [] == services("a" * 65_536 + " youtube.com")
    assert 50 == len(hosts_in("".join(f"https://school-{number}.example " for number in range(60))))
    assert [] == services("http://school.example/ " * 50 + "youtube.com")


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ('x <!-- <a href="https://padlet.com/x">y</a> --> z', []),
        ("x <!-- padlet.com - > -- > y", []),
        ("<!-- x --> padlet.com", ["Padlet"]),
        ("<!-->padlet.com", ["Padlet"]),
        ("<!--->padlet.com", ["Padlet"]),
        ("<!-- x --!>padlet.com", ["Padlet"]),
        ("pad<!-- x -->let.com", ["Padlet"]),
    ],
)
def test_a_comment_is_seen_by_nobody(html: str, seen: list[str]) -> None:
    """It ends where a browser says (HTML 13.2.5.43), and parts no word."""
    assert seen == services("x", html)


def test_an_address_by_number_of_version_six_is_nobody() -> None:
    """Its path belongs to it; what follows it does not."""
    text = "https://[::1]/padlet.com https://lea@[::1]:80 youtube.com"

    assert ["youtube.com"] == [one.host for one in hosts_in(text)]
