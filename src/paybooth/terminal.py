"""What every command says and does alike: refusals, the configuration file, logs, the loop, progress."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import structlog
import uvloop
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .app import StartError
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


def run_async(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine on uvloop; known failures become one sentence."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main())
    except (StartError, ConfigError) as error:
        fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def configure_logs(*, verbose: bool = True) -> None:
    """Structured lines on stderr: JSON for machines, colours on a terminal."""
    renderer: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
