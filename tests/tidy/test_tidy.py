"""The habits of the house, as tests. Each rule has its reason in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from paybooth.shop.words import LANGUAGES, Words

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "paybooth"
PYTHON = [p for p in SRC.rglob("*.py") if "_ui" not in p.parts]
PAGES = [p for p in (ROOT / "ui").glob("*/*.ts*") if p.name != "contract.ts" and "node_modules" not in p.parts]
"""Our own; the contract is made from the views."""
MOST_LINES, MOST_FUNCTION = 500, 60
BANNED_MODULES = {"utils", "helpers", "common", "manager", "base", "misc"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_files_stay_readable():
    long = {
        str(p.relative_to(ROOT)): n
        for p in [*PYTHON, *PAGES]
        if (n := len(p.read_text("utf-8").splitlines())) > MOST_LINES
    }
    assert len(PAGES) > 90
    assert not long


def test_functions_fit_a_screen():
    long = []
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                # a function that only defines routes is a table, not an algorithm
                inner = sum(
                    (n.end_lineno or 0) - n.lineno + 1
                    for n in node.body
                    if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
                )
                length = (node.end_lineno or 0) - node.lineno + 1 - inner
                if length > MOST_FUNCTION:
                    long.append(f"{path.name}:{node.lineno} {node.name} {length}")
    assert not long


def test_rooms_explain_themselves():
    silent = [p for p in PYTHON if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]
    assert not silent


def test_no_text_of_the_console_stands_in_two_files():
    """Its pages share one space of keys: a second text of the same key would never be said."""
    pages = [*(ROOT / "ui" / "console").glob("*.ts*")]
    named = {name for p in pages for name in re.findall(r"locales/en/([a-z_]+)\.ftl", p.read_text("utf-8"))} - {"kiosk"}
    assert {"console", "incidents", "plan"} <= named
    seen: dict[str, str] = {}
    twice = []
    for name in sorted(named):
        text = (SRC / "locales" / "en" / f"{name}.ftl").read_text("utf-8")
        for key in re.findall(r"^([a-z][\w-]*) *=", text, re.MULTILINE):
            twice += [f"{key}: {seen[key]} and {name}"] if key in seen else []
            seen[key] = name
    assert not twice


def test_no_drawer_without_a_label():
    assert not [p for p in PYTHON if p.stem in BANNED_MODULES]


def test_every_queue_has_a_bound():
    unbounded = []
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_queue = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "Queue"
            if is_queue and not node.keywords and not node.args:
                unbounded.append(f"{path.name}:{node.lineno}")
    assert not unbounded


def test_nothing_is_left_for_later():
    pattern = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    slack = [p.name for p in PYTHON if pattern.search(p.read_text("utf-8"))]
    assert not slack


def test_drivers_do_not_sleep_by_themselves():
    sleepers = [
        p.name
        for p in (SRC / "drivers").glob("*.py")
        if "asyncio.sleep" in p.read_text("utf-8") and p.name != "link.py"
    ]
    assert not sleepers


def test_the_product_imports_only_what_a_box_installs():
    """A package of the tests' would be missing on every box."""
    told = (ROOT / "requirements" / "run.in").read_text("utf-8") + (ROOT / "pyproject.toml").read_text("utf-8")
    told = told.lower().replace("_", "-")
    owners = packages_distributions()
    strangers = set()
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            for top in {name.partition(".")[0] for name in named} - sys.stdlib_module_names - {"paybooth", ""}:
                names = owners.get(top, [top])
                if not any(re.search(rf"\b{re.escape(name.lower().replace('_', '-'))}\b", told) for name in names):
                    strangers.add(f"{path.name}: {top}")
    assert not strangers


def test_lock_files_hold_no_addresses():
    for path in [
        *(ROOT / "requirements").glob("*.txt"),
        *(ROOT / "tests/oracles/peers").glob("*.txt"),
        ROOT / "ui" / "package-lock.json",
        ROOT / "tests/oracles/node/package-lock.json",
    ]:
        assert not re.search(r"https?://|index-url|\"resolved\"", path.read_text("utf-8")), path.name


def test_no_path_of_a_machine_is_tracked():
    here = str(ROOT)
    for path in tracked():
        if path.suffix not in {".png", ".db", ".woff"}:
            assert here not in path.read_text("utf-8", "replace"), path


def test_texts_are_complete_in_both_languages():
    for name in ("kiosk", "receipt"):
        words = Words(name)
        first, *rest = (words.keys(language) for language in LANGUAGES)
        for other in rest:
            assert first == other, f"{name}.ftl: {first ^ other}"


def test_every_text_of_the_kiosk_is_used():
    pages = "\n".join(p.read_text("utf-8") for p in (ROOT / "ui" / "kiosk").glob("*.tsx"))
    families = ("notice-", "declined-", "closed-", "paper-none-", "side-", "wallet-", "align-", "staff-")
    unused = [key for key in Words("kiosk").keys("en") if f"'{key}'" not in pages and not key.startswith(families)]
    unused = [key for key in unused if key not in {"wechat", "alipay", "step-scan", "step-pay", "step-receipt"}]
    assert not unused


def first_load(page: str, kinds: str) -> int:
    """Gzipped bytes of what a page loads before anything is asked for."""
    import gzip

    assets = SRC / "_ui" / "assets"
    names = set(
        re.findall(rf"/ui/assets/([\w-]+\.(?:{kinds}))", (SRC / "_ui" / page / "index.html").read_text("utf-8"))
    )
    assert names
    statically = re.compile(r"""(?:from|import)["']\./([\w-]+\.js)["']""")
    waiting = [name for name in names if name.endswith(".js")]
    while waiting:
        fresh = set(statically.findall((assets / waiting.pop()).read_text("utf-8"))) - names
        names |= fresh
        waiting += fresh
    return sum(len(gzip.compress((assets / name).read_bytes())) for name in names)


def test_the_kiosk_stays_light():
    assert first_load("kiosk", "js") <= 60_000


def test_the_console_opens_light():
    assert 20_000 < first_load("console", "js|css") <= 150_000
