"""What every command says and asks alike: refusals, the configuration file, progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .config import Config, ConfigError, load

ConfigPath = Annotated[Path, Parameter(name="--config", help="The shop's TOML file.")]


def fail(text: str, code: int = 2) -> NoReturn:
    print(f"paybooth: {text}", file=sys.stderr)
    sys.exit(code)


def load_config(path: Path) -> Config:
    """The configuration, or exit 2 with what is wrong in it."""
    try:
        return load(path)
    except ConfigError as error:
        fail(str(error))


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
