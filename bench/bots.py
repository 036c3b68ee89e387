"""The bots that are measured, each in a process of its own: two bare ones, a library, Comenius.

The first line of input is what a bot has to know, as JSON; to each line after that it answers with
what it has used so far, as JSON. It loads only what it needs, so that its memory is its own.
"""

# ruff: noqa: PLC0415 - what a bot does not need is not loaded

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from nio import InviteMemberEvent, RoomMessageText
from nio.client.async_client import AsyncClient, AsyncClientConfig
from nio.store.database import SqliteStore

from bench.child import ANSWER, ASKED, DISKLESS, PLAIN, SEALING, SIMPLE, WHOLE, Task, Used
from bench.memory import resident

TASKS = 20
Ready = Callable[[], object]


async def _serve(task: Task, tell: TextIO) -> None:
    """Be that bot, and answer its parent's questions."""
    used, ready = Used(), asyncio.Event()
    _watch_requests(used)
    _watch_disk(used, sync=task.kind != DISKLESS)
    running = asyncio.create_task(_BOTS[task.kind](task, ready.set))
    running.add_done_callback(lambda _task: ready.set())
    await ready.wait()
    while not running.done():
        line: str = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            break
        used.cpu, used.memory = time.process_time(), resident()
        print(json.dumps(asdict(used)), file=tell, flush=True)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def _watch_requests(used: Used) -> None:
    """Note how long the bot works on a sync answer before it begins to send."""
    send, came, before = AsyncClient.send, [0.0], [0]

    async def watched(self: AsyncClient, method: str, path: str, *rest: Any, **more: Any) -> Any:
        if method == "PUT" and "/rooms/" in path and "/send/" in path and came[0]:
            used.inside.append(perf_counter() - came[0])
            used.waits.append(sum(used.fsyncs[before[0] :]))
            came[0] = 0.0
        answer = await send(self, method, path, *rest, **more)
        if method == "GET" and "/sync" in path:  # its head; who reads the rest is the bot's affair
            came[0], before[0] = perf_counter(), len(used.fsyncs)
        return answer

    AsyncClient.send = watched  # type: ignore[method-assign]


def _watch_disk(used: Used, *, sync: bool) -> None:
    """Note what each fsync took; without *sync*, leave them all out."""
    fsync: Callable[[int], None] = os.fsync

    def watched(file: int) -> None:
        begun = perf_counter()
        if sync:
            fsync(file)
        used.fsyncs.append(perf_counter() - begun)

    os.fsync = watched  # type: ignore[assignment]


# --- what a user would pick instead --------------------------------------------------------------


async def _bare(task: Task, ready: Ready) -> None:
    """Answer as the examples of nio do, and do nothing else."""
    directory = Path(task.directory)
    client = client_of(task.address, task.user, directory, encrypted=task.kind == SEALING)

    async def said(room: Any, event: Any) -> None:
        if event.sender != client.user_id and event.body == ASKED:
            relation = {"m.in_reply_to": {"event_id": event.event_id}}
            content = {"msgtype": "m.notice", "body": ANSWER, "m.relates_to": relation}
            await client.room_send(
                room.room_id, "m.room.message", content, ignore_unverified_devices=True
            )

    async def invited(room: Any, _event: Any) -> None:
        await client.join(room.room_id)

    session = directory / "session.json"
    since = await _log_in(client, task.password, session=session)
    client.add_event_callback(said, RoomMessageText)
    client.add_event_callback(invited, InviteMemberEvent)  # type: ignore[arg-type]
    ready()
    try:
        await client.sync_forever(30_000, since=since, full_state=True)
    finally:
        _keep(session, client)
        await client.close()  # type: ignore[no-untyped-call]


async def _log_in(client: AsyncClient, password: str, *, session: Path) -> str | None:
    """Log in as `examples/restore_login.py` of nio does: once, then with what was kept.

    Return where the last life ended. nio can keep that by itself after each sync, in SQLite, at
    some 4 ms each; a bot that does not want to know is cheaper, and so that is what we measure.
    """
    if session.exists():  # noqa: ASYNC240 - nothing is measured yet
        *login, since = json.loads(session.read_text(encoding="utf-8"))  # noqa: ASYNC240
        client.restore_login(*login)
        return str(since)
    await client.login(password)
    return None


def _keep(session: Path, client: AsyncClient) -> None:
    session.parent.mkdir(parents=True, exist_ok=True)
    kept = [client.user_id, client.device_id, client.access_token, client.next_batch]
    session.write_text(json.dumps(kept), encoding="utf-8")


async def _simple(task: Task, ready: Ready) -> None:
    """Answer as the first example of simplematrixbotlib does, with all its defaults."""
    from bench import peers

    sys.path.append(str(peers.PLACE))
    library: Any = importlib.import_module("simplematrixbotlib")
    directory = Path(task.directory)
    config = library.Config()
    config.store_path = str(directory / "store")
    session = str(directory / "session.txt")
    creds = library.Creds(task.address, task.user, task.password, session_stored_file=session)
    bot = library.Bot(creds, config)

    async def said(room: Any, message: Any) -> None:
        match = library.MessageMatch(room, message, bot, ASKED[0])
        if match.is_not_from_this_bot() and match.prefix() and match.command(ASKED[1:]):
            await bot.api.send_text_message(
                room.room_id, ANSWER, "m.notice", reply_to=message.event_id
            )

    bot.listener.on_message_event(said)
    logging.getLogger("nio").setLevel(logging.ERROR)
    running = asyncio.create_task(bot.main())
    while bot.callbacks is None and not running.done():  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.02)
    ready()
    try:
        await running
    finally:
        await bot.async_client.close()


def client_of(address: str, user: str, directory: Path, *, encrypted: bool) -> AsyncClient:
    """Return nio's client; what encryption needs is kept in *directory*."""
    logging.getLogger("nio").setLevel(logging.ERROR)  # it tells of every session it lacks
    if not encrypted:
        return AsyncClient(address, user, config=AsyncClientConfig(encryption_enabled=False))
    directory.mkdir(parents=True, exist_ok=True)
    config = AsyncClientConfig(store=SqliteStore, encryption_enabled=True, pickle_key="bench")
    return AsyncClient(address, user, store_path=str(directory), config=config)


# --- Comenius ------------------------------------------------------------------------------------


async def _whole(task: Task, ready: Ready) -> None:
    """Be Comenius as `comenius run` is, in a room that has its tasks already."""
    from bot import app
    from bot.settings import Settings

    directory = Path(task.directory)
    await _lay(directory, task.room)
    server = task.user.partition(":")[2]
    settings = Settings.model_validate(
        {
            "matrix": {"homeserver": task.address, "user": task.user, "allow": [server]},
            "store": {"directory": directory},
            "languages": ["en", "fr"],
            "zone": "Europe/Paris",
            "limits": {"commands_per_minute": 1000},
        }
    )

    def progress(sentence: str) -> None:
        if sentence == "Connected.":
            ready()

    await app.run(settings, {"COMENIUS_PASSWORD": task.password}, progress)


async def _lay(directory: Path, room: str) -> None:
    """Put the tasks into the room, once."""
    from bench.rooms import document
    from bot.adapters.store import FileStore
    from bot.app import clock

    store = FileStore(directory)
    async with store.hold(room) as held:
        if held.room is None:
            held.room = document(TASKS, room=room, languages=("en", "fr"), now=clock())
            await held.commit()
    await store.close()


_BOTS = {PLAIN: _bare, SEALING: _bare, SIMPLE: _simple, WHOLE: _whole, DISKLESS: _whole}

if __name__ == "__main__":
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        told, sys.stdout = sys.stdout, nowhere  # what a library prints is no answer of ours
        asyncio.run(_serve(Task(**json.loads(sys.stdin.readline())), told))
