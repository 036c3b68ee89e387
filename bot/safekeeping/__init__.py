"""Safekeeping: everything that the bot needs in one file, taken while it runs, and back again.

In the archive are the data directory (rooms, people, the bot's session and its keys), bot.yaml and
the files that it names and that lie beside it: passwords, keys, charter texts. They are in it
because a crypto store without its key, or a session that cannot be renewed, is not worth keeping;
and whoever holds the archive holds the session and its keys anyway. So it is as secret as they are.
"""

from bot.safekeeping.archive import CannotKeep, CannotRestore
from bot.safekeeping.keeping import Kept, keep
from bot.safekeeping.restoring import Restored, restore
from bot.safekeeping.snapshot import NeverStill

__all__ = [
    "CannotKeep",
    "CannotRestore",
    "Kept",
    "NeverStill",
    "Restored",
    "keep",
    "restore",
]
