"""What the doctor sees of the bot's own keys: whether the next start will find and open them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.adapters.matrix import checkup, files
from bot.adapters.matrix.checkup import Session
from bot.doctor.findings import Finding, Patient, broken, doubtful
from bot.settings import SettingsError

_BACK = "Stop the bot and bring it back from a backup."
_NEEDED = ("sync.json", "crypto.key")


def keys(patient: Patient, kept: Session | None) -> Iterator[Finding]:
    """Yield what would keep a bot with the session *kept* from starting; nothing if all is well."""
    directory = patient.settings.store.directory / "matrix"
    damaged = [one for one in _NEEDED if not _readable(directory / one)]
    for name in damaged:
        yield broken("keys", f"{directory / name} cannot be read.", _BACK)
    if kept is None or damaged:
        return
    store = directory / f"{kept.user}_{kept.device}.db"
    anew = f"{_BACK} Or remove {directory / 'session.json'} for a new login."
    if not store.exists():
        yield broken("keys", "The crypto store is missing.", anew)
        return
    try:
        key = patient.settings.matrix.crypto_key(patient.environment)
    except SettingsError:
        return  # told with the settings
    key = key or files.read(directory / "crypto.key").get("key")
    if not isinstance(key, str):
        sentence = "The key of the crypto store cannot be seen from here."
        yield doubtful("keys", sentence, "Well, if systemd gives it; else set crypto_key_file.")
        return
    match checkup.opens(store, key):
        case False:
            advice = "Set matrix.crypto_key_file to the file with the right one."
            yield broken("keys", "The crypto store was made with another key.", advice)
        case None:
            yield broken("keys", "The crypto store is damaged.", anew)


def _readable(path: Path) -> bool:
    try:
        files.read(path)
    except NotADirectoryError:
        return True  # there is no folder: told elsewhere
    except (ValueError, OSError):
        return False
    return True
