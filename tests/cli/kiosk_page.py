"""A kiosk page without a browser, as a process: paints what it gets, pings, and freezes or dies when told to.

Arguments: the socket's address, the cookie, a folder. `freeze` or `die` in the folder is the order, obeyed once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from websockets.sync.client import connect


def main() -> None:
    url, cookie, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # hung, as a stopped renderer is
    with (folder / "pids").open("a") as pids:
        pids.write(f"{os.getpid()}\n")
    with connect(url, additional_headers={"Cookie": f"kiosk={cookie}"}) as line:
        while True:
            try:
                frame = json.loads(line.recv(timeout=0.05))
            except TimeoutError:
                frame = {}
            if taken(folder / "freeze"):
                signal.pause()
            if taken(folder / "die"):
                os._exit(3)
            if frame.get("type") == "snapshot":
                line.send(json.dumps({"type": "applied", "rev": frame["rev"], "paint_ms": 3}))
            else:
                line.send(json.dumps({"type": "ping", "t": 1}))


def taken(order: Path) -> bool:
    try:
        order.unlink()
    except FileNotFoundError:
        return False
    return True


main()
