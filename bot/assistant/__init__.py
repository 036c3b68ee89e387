"""The heart: what was heard -> what to say; what time it is -> what to remind."""

from bot.assistant.heart import Assistant
from bot.assistant.manners import Manners
from bot.assistant.reach import Reach

__all__ = ["Assistant", "Manners", "Reach"]
