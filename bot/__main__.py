"""`comenius`, and `python -m bot`: where the command line begins."""

from __future__ import annotations

from bot.cli.program import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
