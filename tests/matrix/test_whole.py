"""The whole assistant in real rooms: a teacher, pupils of two classes, plain and encrypted."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.synapse import Synapse
from tests.matrix.assistant import Assistant, sees, text_of
from tests.matrix.people import NewPerson

pytestmark = pytest.mark.synapse


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize("version", ["10", "12"])
async def test_a_task_from_its_first_word_to_its_reminder(
    assistant: Assistant, person: NewPerson, encrypted: bool, version: str
) -> None:
    """Two classes: a task in French is shown, ticked while the bot is away, undone, moved, rung."""
    teacher, lea, tom = await person("weber"), await person("lea"), await person("tom")
    room = await teacher.room(assistant.user, lea.id, tom.id, version=version, encrypted=encrypted)
    for pupil in (lea, tom):
        await pupil.ask("POST", f"/join/{room}", {})
        await pupil.sync(full=True)
    await sees(teacher, assistant.user, "📌")
    await teacher.sync(full=True)
    for line in (
        "!partner add PAU Pau fr Europe/Paris",
        "!partner add GAL Galway en Europe/Dublin",
    ):
        await teacher.say(room, line)
    await sees(teacher, assistant.user, "GAL", "Europe/Dublin")
    await lea.say(room, "!je suis PAU")
    await tom.say(room, "!iam GAL")
    await tom.see(lambda e: _reacts(e, assistant.user, "👍"))

    asked = await lea.say(room, "!tâche traduire les légendes pour demain 18h @Lea @Tom")
    card = await sees(
        lea, assistant.user, "#1", "traduire les légendes", "18:00 Pau", "17:00 Galway"
    )

    assert card.source["content"]["msgtype"] == "m.notice"
    assert card.source["content"]["m.mentions"] == {}
    assert card.source["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == asked

    await assistant.stop()
    await tom.send(room, _reaction(card.event_id, "✅"), "m.reaction")
    await assistant.start()
    await lea.see(lambda e: _edits(e, card.event_id) and "✅" in text_of(e))
    await tom.say(room, "!undo")
    await lea.see(lambda e: _edits(e, card.event_id) and "✅" not in text_of(e))
    await teacher.say(room, "!1 tomorrow 19:00")
    await lea.see(lambda e: _edits(e, card.event_id) and "19:00 Pau · 18:00 Galway" in text_of(e))

    assistant.ahead = timedelta(days=1)
    ringing = await lea.see(
        lambda e: (
            e.sender == assistant.user
            and "⏰" in text_of(e)
            and e.source["content"]["msgtype"] == "m.text"
        )
    )

    assert ringing.source["content"]["m.mentions"]["user_ids"] == [lea.id, tom.id]
    assert text_of(ringing).count("traduire les légendes") == 2
    assert [line[:2] for line in text_of(ringing).splitlines()[1:]] == ["FR", "EN"]
    assert 1 == sum(text_of(e).startswith("#1 ·") and _is_new(e, assistant.user) for e in lea.seen)


def _is_new(event: Any, bot: str) -> bool:
    relation = event.source.get("content", {}).get("m.relates_to", {})
    return bool(event.sender == bot and relation.get("rel_type") != "m.replace")


def _reacts(event: Any, bot: str, key: str) -> bool:
    content = event.source.get("content", {}) if hasattr(event, "source") else {}
    return bool(event.sender == bot and content.get("m.relates_to", {}).get("key") == key)


def _reaction(event: str, key: str) -> dict[str, Any]:
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": key}}


def _edits(event: Any, original: str) -> bool:
    content = event.source.get("content", {}) if hasattr(event, "source") else {}
    relation = content.get("m.relates_to", {})
    found = (relation.get("rel_type"), relation.get("event_id"))
    return found == ("m.replace", original)


def test_a_wrong_token_ends_with_one_sentence(synapse: Synapse, tmp_path: Path) -> None:
    """A refused login ends the program with status 3 and says what to do."""
    token = tmp_path / "token"
    token.write_text("not-a-token", encoding="utf-8")
    token.chmod(0o600)
    config = tmp_path / "bot.yaml"
    config.write_text(
        f"matrix: {{homeserver: '{synapse.address}', user: '@comenius:{synapse.name}', "
        f"token_file: token, allow: [{synapse.name}]}}",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert 3 == done.returncode
    assert done.stderr.startswith("The homeserver refuses the login. ")
    assert 1 == len(done.stderr.splitlines())
