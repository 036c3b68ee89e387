"""What came of reading a date phrase: a Reading, or the trouble with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Reading:
    """A day in a zone, perhaps with a time and a rule by which it comes again.

    `alternatives` are other days people may mean by the same words: whoever gets them must ask.
    """

    day: date
    """The local calendar day; of a recurring date, the first one."""
    time: time | None
    """The local wall time, without zone; None means the whole day."""
    zone: str
    """The IANA name of the zone that `day` and `time` are local to."""
    every: str | None = None
    """An RFC 5545 RRULE without its name, as `FREQ=WEEKLY;BYDAY=MO;UNTIL=20270630`.

    UNTIL is a local day and belongs to the recurrence."""
    alternatives: tuple[Reading, ...] = ()
    mistakable: bool = False
    """Only figures say when (`3/4`, `20h`, `2j`, `le 14`, `midi`): good as an answer, not good
    enough to be cut off the end of a title."""

    @property
    def moment(self) -> datetime | None:
        """The aware moment, or None for a whole day.

        A time that the clocks skip (02:30 in March) moves forward by the skipped hour; of a time
        that comes twice (02:30 in October) the first is meant.
        """
        if self.time is None:
            return None
        return local_moment(self.day, self.time, ZoneInfo(self.zone))


def local_moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Give the moment of a wall time in `zone`, skipped times moved forward, doubled ones first."""
    wall = datetime.combine(day, clock.replace(fold=0), zone)
    return wall.astimezone(UTC).astimezone(zone)


class DateTrouble(ValueError):
    """A text that is not a date the bot may act on. The fields say why; no text for people."""


class UnreadWord(DateTrouble):
    """`word`, as it was typed, is not part of a date; or nothing in the text is a date."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class MissingDay(UnreadWord):
    """Every word was read, yet they name no day: `next month`, `every week`, `may`."""


class SeveralDays(DateTrouble):
    """`words` name more than one moment: `monday and thursday`, `10 to 14 may`, `14h to 16h`.

    `last` is the last of the days, where it can be told. `certain` says that the words can hardly
    be anything else; `from tuesday to wednesday` and `20h to 22h` are often part of a title.
    """

    def __init__(
        self, words: str, last: date | None = None, *, hours: bool = False, certain: bool = True
    ) -> None:
        super().__init__(words)
        self.words = words
        self.last = last
        self.hours = hours
        """They are hours of one day."""
        self.certain = certain
        self.one_of = False
        """One of them is meant, nobody says which: `friday or monday`."""


class PastDate(DateTrouble):
    """The date is over."""

    def __init__(self, day: date, time: time | None = None) -> None:
        super().__init__(day, time)
        self.day = day
        self.time = time


class NoSuchDate(DateTrouble):
    """`words` name a day or an hour that does not exist: 31 February, 25:00."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class WrongWeekday(DateTrouble):
    """The weekday that was said (0 is Monday) is not that of the day that was said."""

    def __init__(self, said: int, day: date) -> None:
        super().__init__(said, day)
        self.said = said
        self.day = day
