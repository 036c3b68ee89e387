"""What a clock time means: the school's hours, parts of the day, the two midnights."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Final

from bot.language.dates.chunks import Clock

_NOON: Final = 12
_LAST_BARE_AFTERNOON_HOUR: Final = 6
_WINDOWS: Final = {
    "am": ((0, 12),),
    "pm": ((12, 24),),
    "morning": ((0, 12),),
    "afternoon": ((12, 21),),
    "evening": ((16, 24),),
    "night": ((18, 24), (0, 7)),
}
"""From which hour until before which hour a part of the day lasts."""
_USUAL: Final = {
    "morning": (time(8),),
    "afternoon": (time(14),),
    "evening": (time(18), time(20), time(21), time(22), time(23)),
    "night": (time(20),),
}
"""The hour a part of the day stands for when none is said; a later one if that is over already."""

Settled = tuple[int, time]
"""Days to add (1 for the midnight that ends a day) and the wall time."""


def usual_hours(part: str, own: Mapping[str, time]) -> tuple[Settled, ...]:
    """Give the hours that a part of the day stands for, earliest first; none for am and pm.

    *own* are those of the language that was spoken: a Spanish `tarde` may begin later.
    """
    hours = (own[part], *_USUAL["evening"]) if part in own else _USUAL.get(part, ())
    return tuple((0, clock) for clock in hours if part not in own or clock >= own[part])


def settle(clock: Clock, part: str | None) -> tuple[Settled, ...]:
    """Give the wall times a clock time may mean, likeliest first; none if the words contradict.

    A bare hour from 1 to 6 is in the afternoon, because people here speak of school.
    """
    if clock.hour == 24:  # noqa: PLR2004 - the end of the day
        if clock.midnight and part in (None, "am", "pm", "morning"):
            return (1, time()), (0, time())
        return ((1, time()),)
    for name in (clock.part, part):
        if name is not None:
            return _within(clock, name, part if clock.part else None)
    hour = clock.hour
    if not clock.exact and 1 <= hour <= _LAST_BARE_AFTERNOON_HOUR:
        hour += _NOON
    return ((0, time(hour, clock.minute)),)


def _within(clock: Clock, name: str, other: str | None) -> tuple[Settled, ...]:
    hours = [clock.hour]
    if clock.hour <= _NOON and not (clock.exact and clock.hour % _NOON == 0):
        hours.append((clock.hour + _NOON) % 24)
    for hour in hours:
        if _lasts(name, hour) and (other is None or _lasts(other, hour)):
            return ((0, time(hour, clock.minute)),)
    return ()


def _lasts(part: str, hour: int) -> bool:
    return any(first <= hour < end for first, end in _WINDOWS[part])
