"""The whole assistant on the test server, with a clock that can be moved on; what people see."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot import app
from bot.adapters.synapse import Synapse
from bot.settings import Settings
from tests.matrix.people import Person, numbers


class Assistant:
    """`comenius run`, whose clock can be moved on."""

    def __init__(self, synapse: Synapse, directory: Path) -> None:
        self.name = f"comenius{next(numbers)}"
        self.user = synapse.register(self.name, "secret", shown="Comenius")
        matrix = {"homeserver": synapse.address, "user": self.user, "allow": [synapse.name]}
        self.settings = Settings.model_validate(
            {
                "matrix": matrix,
                "store": {"directory": directory},
                "languages": ["fr", "en"],
                "zone": "Europe/Paris",
                "quiet": {"from": "00:00", "to": "00:00", "weekend": False},
            }
        )
        self.ahead = timedelta(0)
        self._run: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def start(self) -> None:
        connected = asyncio.Event()

        def progress(sentence: str) -> None:
            if sentence == "Connected.":
                connected.set()

        secrets = {"COMENIUS_PASSWORD": "secret"}
        self._run = asyncio.create_task(
            app.run(self.settings, secrets, progress, now=self.now, tick=0.2)
        )
        waiting = asyncio.create_task(connected.wait())
        await asyncio.wait({self._run, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self._run.done():
            self._run.result()

    async def stop(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)


def text_of(event: Any) -> str:
    return str(event.source.get("content", {}).get("body", "")) if hasattr(event, "source") else ""


async def sees(person: Person, bot: str, *words: str) -> Any:
    """Return the first message of *bot* that holds all *words*."""
    return await person.see(lambda e: e.sender == bot and all(w in text_of(e) for w in words))
