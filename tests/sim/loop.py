"""Virtual time for plain asyncio: waiting moves a number, and the same seed gives the same order of everything."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from itertools import count
from typing import Any


class PowerCutError(BaseException):
    """The box lost its power. Raised from the selector: asyncio would swallow it from a callback."""


class DeadlockError(AssertionError):
    """Nothing is due and nothing ever will be."""


class _Task(asyncio.Task):
    """Hashes by its number: sets of tasks (TaskGroup, asyncio.wait) are walked in the order of their birth."""

    def __init__(self, number: int, *args: Any, **kwargs: Any) -> None:
        self._number = number
        super().__init__(*args, **kwargs)

    def __hash__(self) -> int:
        return self._number


class _Selector(selectors.BaseSelector):
    """Never looks at a file; asked to wait, it moves the loop's time."""

    def __init__(self, waited: Callable[[float | None], None]) -> None:
        self._waited = waited

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._waited(timeout)
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, events, data)  # the loop's own self-pipe, which nothing wakes

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, 0, None)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}


class SimLoop(asyncio.SelectorEventLoop):
    """An event loop that starts at `now_s` and asks `tick` before each step whether the power is cut."""

    def __init__(self, now_s: float, tick: Callable[[float], None]) -> None:
        super().__init__(_Selector(self._wait))
        self._now_s = now_s
        self._tick = tick
        self.steps = 0
        self.failures: list[str] = []
        numbers = count()
        self.set_task_factory(lambda loop, coro, **kw: _Task(next(numbers), coro, loop=loop, **kw))
        self.set_exception_handler(self._on_failure)

    def time(self) -> float:
        return self._now_s

    def _wait(self, timeout: float | None) -> None:
        self.steps += 1
        if timeout is None:
            raise DeadlockError("nothing is due: " + ", ".join(sorted(t.get_name() for t in asyncio.all_tasks(self))))
        if timeout > 0:
            self._now_s += timeout
        self._tick(self._now_s)

    def run_in_executor(self, *_: object) -> Any:
        raise AssertionError("no threads in simulation")

    def _on_failure(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A task that died unheard, or a callback that raised: the judges read this."""
        error = context.get("exception")
        self.failures.append(f"{context.get('message')}: {error!r}")

    def run(self, main: Coroutine[Any, Any, None]) -> None:
        """Run to the end, or until the power goes; then the tasks are dropped where they stand."""
        asyncio.set_event_loop(self)
        try:
            self.run_until_complete(main)
        finally:
            tasks = asyncio.all_tasks(self)
            for task in sorted(tasks, key=hash):
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                with suppress(BaseException):
                    task.get_coro().close()  # type: ignore[union-attr]  # what it tries on its way meets a dead box
            asyncio.set_event_loop(None)
            self._ready.clear()  # type: ignore[attr-defined]
            self._scheduled.clear()  # type: ignore[attr-defined]
            self.close()
