"""The build hook: compiles every catalog (.po) into the wheel (.mo), so that it loads in a blink.

In a checkout nothing is compiled: bot.language reads the .po itself.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogBuildHook(BuildHookInterface[Any]):
    """Puts one .mo beside each .po into what is being built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile each catalog into a temporary folder and add it; a broken one stops the build."""
        self.folder = TemporaryDirectory(prefix="comenius-catalogs-")
        if version == "editable":
            return
        for source in sorted(Path(self.root, "locales").glob("*/LC_MESSAGES/*.po")):
            target = source.relative_to(self.root).with_suffix(".mo").as_posix()
            compiled = Path(self.folder.name, target.replace("/", "-"))
            compile_catalog(source, compiled)
            build_data["force_include"][str(compiled)] = target

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's signature
        """Remove the temporary folder: what was in it is in the wheel."""
        self.folder.cleanup()


def compile_catalog(source: Path, target: Path) -> None:
    """Compile the catalog `source` into `target`, leaving out what is marked fuzzy."""
    language = source.parent.parent.name
    with source.open("rb") as lines:
        catalog = read_po(lines, locale=language, abort_invalid=True)
    with target.open("wb") as out:
        for message in catalog:  # a plural of which a form is missing is not translated
            if isinstance(message.string, tuple | list) and not all(message.string):
                message.string = ""
        write_mo(out, catalog, use_fuzzy=False)
