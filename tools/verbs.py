"""What `./dev` can do."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from . import setup
from .setup import PYTHON, ROOT, Fail, run, say


def demo(arguments: list[str]) -> int:
    """Open the whole shop on this machine (--port N --data DIR --seed S; --tour --json plays it by itself)."""
    setup.python_packages("run")
    setup.ui_build()
    return subprocess.run([PYTHON, "-m", "paybooth", "demo", *arguments], cwd=ROOT, check=False).returncode


def check(arguments: list[str]) -> int:
    """Format, lint, types, import contracts, tidy, generated files (fast, no servers)."""
    del arguments
    setup.python_packages("dev")
    setup.ui_packages()
    steps: list[tuple[str, Callable[[], None]]] = [
        (
            "format",
            lambda: run(PYTHON, "-m", "ruff", "format", "--check", "src", "tests", "tools", "examples", quiet=True),
        ),
        ("lint", lambda: run(PYTHON, "-m", "ruff", "check", "src", "tests", "tools", "examples", quiet=True)),
        ("types", lambda: run(PYTHON, "-m", "mypy", quiet=True)),
        ("imports", lambda: run(setup.VENV / "bin" / "lint-imports", "--no-cache", quiet=True)),
        ("contract", lambda: run(PYTHON, "-m", "tools.contract", "--check", quiet=True)),
        ("diagrams", lambda: run(PYTHON, "-m", "tools.diagrams", "--check", quiet=True)),
        ("pages", lambda: setup.npm("run", "check")),
        ("tidy", lambda: run(PYTHON, "-m", "pytest", "tests/tidy", quiet=True)),
    ]
    for name, step in steps:
        began = time.monotonic()
        step()
        say(f"{name} ok ({time.monotonic() - began:.1f} s)")
    return 0


_COUNTS = re.compile(r"(\d+) (passed|failed|skipped|error)")


def _pytest(selection: list[str]) -> dict[str, int]:
    """Run pytest; what its closing line counted."""
    process = subprocess.Popen(
        [PYTHON, "-m", "pytest", *selection], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    last = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        last = line if _COUNTS.search(line) else last
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for number, what in _COUNTS.findall(last):
        counts["failed" if what == "error" else what] += int(number)
    if process.wait() not in (0, 1):
        counts["failed"] += 1
    return counts


def test(arguments: list[str]) -> int:
    """Everything: checks, page tests, all Python tests, the tour. Last line: N passed, N failed, N skipped."""
    began = time.monotonic()
    setup.python_packages("dev")
    setup.system_packages()
    setup.ui_build()
    totals = {"passed": 0, "failed": 0, "skipped": 0}

    def count(name: str, step: Callable[[], object]) -> None:
        try:
            step()
            totals["passed"] += 1
        except Fail as error:
            totals["failed"] += 1
            say(f"{name}: {error}")

    count("check", lambda: check([]))
    count("page tests", lambda: setup.npm("test"))
    # browser tests by themselves: Playwright's loop does not let others run beside it
    for selection in [arguments] if arguments else [["tests", "--ignore=tests/browser"], ["tests/browser"]]:
        for what, number in _pytest(selection).items():
            totals[what] += number
    if not arguments:
        count("tour", lambda: run(PYTHON, "-m", "paybooth", "demo", "--tour", "--json"))
    if os.environ.get("CI") and totals["skipped"]:
        say("with CI set nothing may be skipped")
        totals["failed"] += 1
    say(f"{time.monotonic() - began:.0f} s")
    print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped", flush=True)
    return 1 if totals["failed"] else 0


def bench(arguments: list[str]) -> int:
    """One benchmark by name (--json): ratios against a floor of the same run; without a name, which there are."""
    setup.python_packages("dev")
    setup.ui_build()
    return subprocess.run([PYTHON, "-m", "tools.bench", *arguments], cwd=ROOT, check=False).returncode


def sim(arguments: list[str]) -> int:
    """The shop in virtual time with every fault (--seeds A:B --json; --wire; --planted; --explain SEED; --power N)."""
    setup.python_packages("dev")
    return subprocess.run([PYTHON, "-m", "tests.sim", *arguments], cwd=ROOT, check=False).returncode


def fmt(arguments: list[str]) -> int:
    """Format everything and mend what lint can mend."""
    del arguments
    setup.python_packages("dev")
    setup.ui_packages()
    run(PYTHON, "-m", "ruff", "check", "--fix", "-q", "src", "tests", "tools", "examples")
    run(PYTHON, "-m", "ruff", "format", "-q", "src", "tests", "tools", "examples")
    run(PYTHON, "-m", "tools.contract")
    run(PYTHON, "-m", "tools.diagrams")
    setup.npm("run", "fmt")
    return 0


def build(arguments: list[str]) -> int:
    """Build the pages."""
    del arguments
    setup.python_packages("run")
    setup.ui_build()
    return 0


def shots(arguments: list[str]) -> int:
    """Screenshots of every kiosk state into docs/screenshots."""
    setup.python_packages("dev")
    setup.system_packages()
    setup.ui_build()
    run(PYTHON, "-m", "tools.shots", *arguments)
    return 0


def wheel(arguments: list[str]) -> int:
    """Build the wheel, pages inside, into dist/."""
    del arguments
    setup.python_packages("dev")
    setup.ui_build()
    run(setup.VENV / "bin" / "uv", "build", "--wheel", "-q", "-o", ROOT / "dist", "--python", PYTHON)
    return 0


def lock(arguments: list[str]) -> int:
    """Renew the requirement files (hashes, no hosts) from requirements/*.in."""
    del arguments
    setup.python_packages("dev")
    options = (
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-header",
        "-q",
    )
    for name in ("bootstrap", "run", "ui", "dev"):
        source = Path("requirements") / f"{name}.in"
        run(setup.VENV / "bin" / "uv", "pip", "compile", *options, source, "-o", source.with_suffix(".txt"))
    return 0


VERBS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo,
    "test": test,
    "check": check,
    "bench": bench,
    "sim": sim,
    "fmt": fmt,
    "build": build,
    "shots": shots,
    "wheel": wheel,
    "lock": lock,
}
