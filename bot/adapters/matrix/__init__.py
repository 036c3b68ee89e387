"""Matrix, by matrix-nio 0.26 made fit for it: the only package that knows nio."""

from bot.adapters.matrix.door import MatrixDoor
from bot.adapters.matrix.session import LoginRefused, MatrixSettings

__all__ = ["LoginRefused", "MatrixDoor", "MatrixSettings"]
