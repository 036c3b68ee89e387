"""Reading: from the words with which people say when to days, moments and lengths of time.

`read_date` takes a text whole or not at all; every other answer is a `DateTrouble`.
What is understood and what is refused is told in `docs/dates.md`.
"""

from bot.language.dates.lexicon import lexicon_words
from bot.language.dates.phrases import read_date
from bot.language.dates.reading import (
    DateTrouble,
    MissingDay,
    NoSuchDate,
    PastDate,
    Reading,
    SeveralDays,
    UnreadWord,
    WrongWeekday,
)
from bot.language.dates.resemblance import resembles_date
from bot.language.dates.spans import read_span, read_spans
from bot.language.folding import fold

__all__ = [
    "DateTrouble",
    "MissingDay",
    "NoSuchDate",
    "PastDate",
    "Reading",
    "SeveralDays",
    "UnreadWord",
    "WrongWeekday",
    "fold",
    "lexicon_words",
    "read_date",
    "read_span",
    "read_spans",
    "resembles_date",
]
