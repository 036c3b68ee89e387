"""The store: projects and persons as readable files that survive power cuts (DESIGN 6)."""

from bot.adapters.store.errors import Damage, Damaged, DirectoryInUse, DirectoryUnusable
from bot.adapters.store.filestore import FileStore

__all__ = ["Damage", "Damaged", "DirectoryInUse", "DirectoryUnusable", "FileStore"]
