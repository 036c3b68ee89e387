"""The whole command line: every command under its name, and how a mistake of its user ends."""

from __future__ import annotations

import typer

from bot.adapters.store import DirectoryInUse, DirectoryUnusable
from bot.cli import beginning, caring, moving, running, trusting
from bot.cli.ending import Status, end, told
from bot.cli.languages import languages
from bot.cli.trying import tries

app = typer.Typer(
    name="comenius",
    help="Comenius keeps tasks, deadlines and reminders for partner classes in Matrix rooms.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, command in (
    ("init", beginning.init),
    ("check", beginning.check),
    ("doctor", caring.doctor),
    ("run", running.run),
    ("trust", trusting.trust),
    ("backup", caring.backup),
    ("restore", caring.restore),
    ("console", running.console),
    ("demo", running.demo),
    ("export", moving.take_out),
    ("import", moving.take_in),
):
    app.command(name)(command)
app.add_typer(tries, name="try")
app.add_typer(languages, name="languages")


@app.callback()
def _comenius() -> None:
    """Keep tasks, deadlines and reminders for partner classes in Matrix rooms."""


def main() -> None:
    """Run the command line. A mistake, a full disk, Ctrl-C, a closed pipe: never a traceback."""
    try:
        app()
    except (DirectoryInUse, DirectoryUnusable) as trouble:
        end(str(trouble))
    except OSError as trouble:
        end(told(trouble))
    except KeyboardInterrupt:
        end("\nStopped.", Status.CANNOT)
