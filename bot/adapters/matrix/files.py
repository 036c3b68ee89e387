"""Owns the small JSON files of the door: read whole, replaced atomically, mode 0600."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

_PRIVATE = 0o600


def read(path: Path) -> dict[str, Any]:
    """Return the JSON object in *path*; empty if there is no file. Raises ValueError if damaged."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} does not hold a JSON object")  # noqa: TRY004 - as json.loads
    return content


def write(path: Path, content: dict[str, Any]) -> None:
    """Replace *path* by *content*; once this returns it survives a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=True)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def key(path: Path) -> str:
    """Return the secret kept in *path*, made at the first call."""
    content = read(path)
    if not isinstance(content.get("key"), str):
        content = {"key": secrets.token_urlsafe(32)}
        write(path, content)
    return str(content["key"])
