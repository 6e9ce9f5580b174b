"""A receiver of Paybooth's webhooks in plain Python: proves who sent, sees nothing twice, answers at once.

SECRET_FILE=webhook.secret python examples/webhook/receiver.py 9000
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

WINDOW_S = 300
"""A signature older than this may be a replay: refuse it."""


def verify(secret: str, signature: str, body: bytes, now_s: float) -> bool:
    """Whether the box that has this secret sent exactly this body, just now."""
    parts = dict(part.partition("=")[::2] for part in signature.split(","))
    at, given = parts.get("t", ""), parts.get("v1", "")
    if not at.isdecimal() or abs(now_s - int(at)) > WINDOW_S:
        return False
    expected = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), given.encode())


class Receiver(BaseHTTPRequestHandler):
    secret = ""
    newest = 0
    """The last journal number taken; a real receiver keeps it with what it made of the facts."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if not verify(self.secret, self.headers.get("Paybooth-Signature", ""), body, time.time()):
            self.answer(401)
            return
        for row in json.loads(body)["facts"]:
            if row["seq"] > Receiver.newest:  # a delivery may come twice, never out of order
                Receiver.newest = row["seq"]
                print(row["seq"], row["kind"], row["fact"], flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """What was taken is printed; the rest is silence."""


def main() -> None:
    Receiver.secret = Path(os.environ["SECRET_FILE"]).read_text("utf-8").strip()
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()


if __name__ == "__main__":
    main()
