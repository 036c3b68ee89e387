"""`comenius`, and `python -m bot`: where the command line begins."""

from __future__ import annotations

from bot.cli.program import main
from bot.cli.running import LOG, until_stopped

__all__ = ["LOG", "main"]

_until_stopped = until_stopped
"""Under the name by which tests/matrix/bot_process.py knows it."""

if __name__ == "__main__":
    main()
