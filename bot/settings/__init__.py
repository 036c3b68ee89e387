"""bot.yaml: what an admin may set, every mistake in it told at once.

Whatever is not set has a sensible default; `bot.example.yaml` shows them all. Secrets never need
to stand in bot.yaml: they come from files of their own or from the environment.
"""

from bot.settings.checking import check
from bot.settings.problems import Problem, SettingsError
from bot.settings.reading import load
from bot.settings.schema import Level, Settings

__all__ = ["Level", "Problem", "Settings", "SettingsError", "check", "load"]
