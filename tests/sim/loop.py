"""Virtual time for plain asyncio: waiting moves a number, and the same seed gives the same order of everything."""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import selectors
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from itertools import count
from typing import Any


class PowerCutError(BaseException):
    """The box lost its power. Raised between two steps: asyncio would swallow it from a callback."""


class DeadlockError(AssertionError):
    """Nothing is due and nothing ever will be."""


class _Task(asyncio.Task):
    """Hashes by its number: sets of tasks (TaskGroup, asyncio.wait) are walked in the order of their birth."""

    def __init__(self, number: int, *args: Any, **kwargs: Any) -> None:
        self._number = number
        super().__init__(*args, **kwargs)

    def __hash__(self) -> int:
        return self._number


class _Call:
    """A callback that is ready or due: what asyncio.Handle is, without the parts for debugging and for threads."""

    __slots__ = ("_args", "_callback", "_context", "_when")

    def __init__(self, when: float, callback: Any, args: Any, context: contextvars.Context | None) -> None:
        self._when = when
        self._callback = callback
        self._args = args
        self._context = context or contextvars.copy_context()

    def cancel(self) -> None:
        self._callback = None

    def cancelled(self) -> bool:
        return self._callback is None

    def when(self) -> float:
        return self._when


class _Selector(selectors.BaseSelector):
    """Never looks at a file."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        raise AssertionError("the loop below does not select")

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, events, data)  # the loop's own self-pipe, which nothing wakes

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, 0, None)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}


class SimLoop(asyncio.SelectorEventLoop):
    """An event loop that starts at `now_s` and asks `tick` before each step whether the power is cut.

    Steps are asyncio's own: first what is due, then everything ready, first come first served; what that makes ready
    waits for the next step. Its calls are overridden because they are most of what a simulated day costs.
    """

    def __init__(self, now_s: float, tick: Callable[[float], None]) -> None:
        super().__init__(_Selector())
        self._now_s = now_s
        self._tick = tick
        self._calls: deque[_Call] = deque()
        self._due: list[tuple[float, int, _Call]] = []
        self._order = count()
        self.steps = 0
        self.failures: list[str] = []
        numbers = count()
        self.set_task_factory(lambda loop, coro, **kw: _Task(next(numbers), coro, loop=loop, **kw))
        self.set_exception_handler(self._on_failure)

    # ------------------------------------------------------------ what asyncio asks of a loop

    def time(self) -> float:
        return self._now_s

    def get_debug(self) -> bool:
        return False

    def call_soon(self, callback: Any, *args: Any, context: contextvars.Context | None = None) -> Any:
        call = _Call(0.0, callback, args, context)
        self._calls.append(call)
        return call

    def call_later(self, delay: float, callback: Any, *args: Any, context: contextvars.Context | None = None) -> Any:
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: contextvars.Context | None = None) -> Any:
        call = _Call(when, callback, args, context)
        heapq.heappush(self._due, (when, next(self._order), call))
        return call

    def run_in_executor(self, executor: object, function: Callable[..., Any], *given: Any) -> Any:
        """No threads here: done at once, known a turn later."""
        del executor
        done = self.create_future()
        try:
            done.set_result(function(*given))
        except Exception as error:  # whatever it is, it belongs to who asked
            done.set_exception(error)
        return done

    # ------------------------------------------------------------ steps

    def _run_once(self) -> None:
        calls, due = self._calls, self._due
        while due and due[0][2]._callback is None:
            heapq.heappop(due)
        self.steps += 1
        if not calls:
            self._wait()
        now_s = self._now_s
        self._tick(now_s)
        while due and due[0][0] <= now_s:
            calls.append(heapq.heappop(due)[2])
        for _ in range(len(calls)):
            call = calls.popleft()
            callback = call._callback
            if callback is None:
                continue
            try:
                call._context.run(callback, *call._args)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                self.call_exception_handler({"message": f"callback {callback}", "exception": error})

    def _wait(self) -> None:
        """Nothing is ready: move time to what is due next."""
        if self._due:
            self._now_s = max(self._now_s, self._due[0][0])
        elif not self._stopping:  # type: ignore[attr-defined]  # asyncio's own, which its stubs leave out
            tasks = sorted(task.get_name() for task in asyncio.all_tasks(self))
            raise DeadlockError("nothing is due: " + ", ".join(tasks))

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
            self._calls.clear()
            self._due.clear()
            self.close()
