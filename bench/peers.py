"""Fetches what a user would pick instead of Comenius, beside our own packages.

simplematrixbotlib wants a Pillow that is years older than the one that Synapse gets here, so it
cannot stand in `requirements.lock`. Pillow is what it looks at pictures with, which we never send.
"""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

PLACE = Path(sys.prefix) / "bench-peers"
"""Where they lie: in the virtual environment, but not on its path."""
LOCK = Path(__file__).with_suffix(".lock")
_SECONDS = 120


def fetched() -> bool:
    """Return whether simplematrixbotlib is there, and fetch it once if it is not.

    False where there is no connection: the others are measured without it then.
    """
    if _is_there():
        return True
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(LOCK)]
    command += ["--target", str(PLACE), "--upgrade"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)
    except (OSError, subprocess.SubprocessError):
        return False
    return _is_there()


def _is_there() -> bool:
    """Tell whether all that the lock names lies there, in its version."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    wanted = {line.partition(" ")[0] for line in lines if "==" in line}
    found = importlib.metadata.distributions(path=[str(PLACE)])
    return wanted <= {f"{one.name.lower()}=={one.version}" for one in found}
