"""What every command says and does alike: refusals, the configuration file, logs, the loop, progress."""

from __future__ import annotations

import asyncio
import logging
import re
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
from structlog.typing import EventDict, Processor

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


MASK = "•••"
SECRETS = re.compile(r"secret|token|password|passwd|authorization|cookie|payment_code", re.IGNORECASE)
"""A field with such a name is never shown, whoever logs it."""


def _mask(_: Any, __: str, line: EventDict) -> EventDict:
    for name in line:
        if SECRETS.search(name):
            line[name] = MASK
    return line


_BEFORE: list[Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    _mask,
]
# a frame's variables may be a password or a payment code: a crash tells where, never with what
_PLAIN = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def configure_logs(*, verbose: bool = True, service: bool = False) -> None:
    """Structured lines on stderr: JSON for machines, colours on a terminal.

    `service`: this process is the shop. What libraries, warnings and crashes say becomes such a line too.
    """
    if sys.stderr.isatty():
        plain = structlog.dev.plain_traceback
        shown: list[Processor] = [structlog.dev.ConsoleRenderer(timestamp_key="time", exception_formatter=plain)]
    else:
        shown = [_PLAIN, structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(
        processors=[*_BEFORE, *shown],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    if service:
        _bring_in_others(shown)


def _bring_in_others(shown: list[Processor]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    ours: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown]
    named: list[Processor] = [structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), *_BEFORE]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=ours, foreign_pre_chain=named))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    log = structlog.get_logger()
    sys.excepthook = lambda kind, error, tb: log.critical("stopped by a bug", exc_info=(kind, error, tb))


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
