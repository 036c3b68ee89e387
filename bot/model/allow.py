"""The allow list: whose invitations are accepted (DESIGN 7)."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def allowed(user: str, patterns: Iterable[str]) -> bool:
    """Tell whether *user* is on the list: `@user:server` or server names, with * and ?."""
    server = user.partition(":")[2].lower()
    return any(
        fnmatchcase(user.lower() if one.startswith("@") else server, one.strip().lower())
        for one in patterns
    )
