"""Telling people: WeCom and DingTalk group robots, a signed webhook for programs, and e-mail. One call, one message.

Robots' own rule is that their key stands in the address: it is read from a secret and never logged. WeCom answers
`errcode` 0, 45009 is its limit of 20 messages a minute; DingTalk wants a timestamp signed with the robot's secret.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import smtplib
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from paybooth.domain.incident import Call
from paybooth.ports import Clock, Fault, FaultKind, Notifier, Secret

from .card import Card
from .pay_http import PayHttp, check_url

CARDS = (
    Card("wecom+https", "Notifier", "WeCom group robot", ("markdown",), "lab", ("the lab's robot",)),
    Card("dingtalk+https", "Notifier", "DingTalk group robot", ("markdown", "signed"), "lab", ("the lab's robot",)),
    Card("webhook+https", "Notifier", "Webhook, JSON with HMAC-SHA256", ("signed",), "lab", ("the lab's listener",)),
    Card("smtp, smtps", "Notifier", "E-mail", ("STARTTLS", "login"), "lab", ("the lab's mailbox",)),
)
BUSY = frozenset({45009, 410100, 130101})
"""Errors by which robots say: too many messages."""

MAIL_S = 20.0
LINE_MOST = 900


class _Robot(ABC):
    """POST, and an `errcode` in the answer."""

    def __init__(self, name: str, url: str, secret: Secret, clock: Clock) -> None:
        self.name = name
        self._url = check_url(url)
        self._secret = secret
        self._clock = clock
        self._http = PayHttp()

    @abstractmethod
    def _address(self) -> str:
        """Where to post, with what proves us."""

    @abstractmethod
    def _message(self, call: Call) -> dict[str, Any]:
        """The call in this robot's words."""

    async def tell(self, call: Call) -> None:
        body = json.dumps(self._message(call), ensure_ascii=False).encode()
        headers = {"content-type": "application/json; charset=utf-8"}
        reply = await self._http.send("POST", self._address(), headers=headers, body=body)
        _accepted(reply.status)
        try:
            answer = json.loads(reply.body)
            code = int(answer["errcode"])
        except (ValueError, KeyError, TypeError) as error:
            raise Fault(FaultKind.GARBLED, "not a robot's answer", may_have_happened=True) from error
        if code in BUSY:
            raise Fault(FaultKind.BUSY, f"errcode {code}")
        if code != 0:
            raise Fault(FaultKind.DENIED, f"errcode {code}")

    async def aclose(self) -> None:
        await self._http.aclose()


class WecomRobot(_Robot):
    """`wecom+https://qyapi.weixin.qq.com/cgi-bin/webhook/send`; the secret is the robot's key."""

    def _address(self) -> str:
        return f"{self._url}?key={quote(self._secret.reveal())}"

    def _message(self, call: Call) -> dict[str, Any]:
        return {"msgtype": "markdown", "markdown": {"content": _markdown(call)}}


class DingtalkRobot(_Robot):
    """`dingtalk+https://oapi.dingtalk.com/robot/send`; the secret holds the access token and, if set, the SEC… word."""

    def _address(self) -> str:
        token, _, key = self._secret.reveal().partition(" ")
        address = f"{self._url}?access_token={quote(token)}"
        if not key:
            return address
        now_ms = self._clock.now_ms()
        signed = hmac.digest(key.strip().encode(), f"{now_ms}\n{key.strip()}".encode(), "sha256")
        return f"{address}&timestamp={now_ms}&sign={quote(base64.b64encode(signed).decode(), safe='')}"

    def _message(self, call: Call) -> dict[str, Any]:
        return {"msgtype": "markdown", "markdown": {"title": call.title, "text": _markdown(call)}}


class Webhook:
    """`webhook+https://…`: the call as JSON. With a secret, `X-Paybooth-Signature: t=<s>,v1=<hex HMAC of "s.body">`."""

    def __init__(self, name: str, url: str, secret: Secret, clock: Clock) -> None:
        self.name = name
        self._url = check_url(url)
        self._secret = secret
        self._clock = clock
        self._http = PayHttp()

    async def tell(self, call: Call) -> None:
        body = json.dumps(asdict(call), ensure_ascii=False).encode()
        headers = {"content-type": "application/json; charset=utf-8", "x-paybooth-event": "incident"}
        key = self._secret.reveal()
        if key:
            at_s = self._clock.now_ms() // 1000
            digest = hmac.new(key.encode(), b"%d." % at_s + body, hashlib.sha256).hexdigest()
            headers["x-paybooth-signature"] = f"t={at_s},v1={digest}"
        reply = await self._http.send("POST", self._url, headers=headers, body=body)
        _accepted(reply.status)

    async def aclose(self) -> None:
        await self._http.aclose()


@dataclass(frozen=True, slots=True)
class _Mailbox:
    """Where mail goes out, and from whom to whom."""

    host: str
    port: int
    user: str
    sender: str
    to: tuple[str, ...]
    tls_at_once: bool
    clear: bool
    """A relay on this machine without TLS."""


class Mail:
    """`smtp://user@host:587?from=a@b&to=c@d,e@f` (STARTTLS) or `smtps://…:465`; the secret is the password."""

    def __init__(self, name: str, url: str, secret: Secret, clock: Clock) -> None:
        del clock
        self.name = name
        self._box = _mailbox(url)
        self._secret = secret

    async def tell(self, call: Call) -> None:
        message = EmailMessage()
        message["Subject"] = call.title
        message["From"], message["To"] = self._box.sender, ", ".join(self._box.to)
        message["X-Paybooth-Incident"] = f"{call.shop}-{call.incident}"
        message.set_content("\n".join(filter(None, (call.text, call.url))) + "\n")
        # smtplib blocks: not on the loop
        await asyncio.to_thread(self._send, message)

    def _send(self, message: EmailMessage) -> None:
        box = self._box
        try:
            with self._connect() as server:
                if not box.tls_at_once and not box.clear:
                    server.starttls(context=ssl.create_default_context())
                if box.user:
                    server.login(box.user, self._secret.reveal())
                server.send_message(message)
        except smtplib.SMTPAuthenticationError as error:
            raise Fault(FaultKind.DENIED, "the mail server refuses user or password") from error
        except smtplib.SMTPResponseException as error:
            busy = 400 <= error.smtp_code < 500
            raise Fault(FaultKind.BUSY if busy else FaultKind.DENIED, f"SMTP {error.smtp_code}") from error
        except smtplib.SMTPException as error:
            raise Fault(FaultKind.BROKEN, type(error).__name__, may_have_happened=True) from error
        except OSError as error:
            raise Fault(FaultKind.UNREACHABLE, type(error).__name__) from error

    def _connect(self) -> smtplib.SMTP:
        box = self._box
        if box.tls_at_once:
            return smtplib.SMTP_SSL(box.host, box.port, timeout=MAIL_S, context=ssl.create_default_context())
        return smtplib.SMTP(box.host, box.port, timeout=MAIL_S)

    async def aclose(self) -> None:
        return


_KINDS: Mapping[str, Callable[[str, str, Secret, Clock], Notifier]] = {
    "wecom": WecomRobot,
    "dingtalk": DingtalkRobot,
    "webhook": Webhook,
}


def open_notifier(name: str, url: str, secret: Secret, clock: Clock) -> Notifier:
    """The notifier of a URL. Raises ValueError with what would be right."""
    scheme = urlsplit(url).scheme
    kind, _, transport = scheme.partition("+")
    if kind in _KINDS and transport in ("https", "http"):
        return _KINDS[kind](name, url[len(kind) + 1 :], secret, clock)
    if scheme in ("smtp", "smtps"):
        return Mail(name, url, secret, clock)
    known = ", ".join([*(f"{kind}+https" for kind in _KINDS), "smtp", "smtps"])
    raise ValueError(f"no way to tell anybody by {scheme!r} (known: {known})")


def _mailbox(url: str) -> _Mailbox:
    parts = urlsplit(url)
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    to = tuple(filter(None, options.get("to", "").split(",")))
    sender = options.get("from", "")
    if not parts.hostname or not to or "@" not in sender:
        raise ValueError("write smtp://user@host:587?from=box@shop.example&to=owner@shop.example")
    tls = parts.scheme == "smtps"
    clear = parts.hostname in ("127.0.0.1", "localhost", "::1")
    port = parts.port or (465 if tls else 587)
    return _Mailbox(parts.hostname, port, unquote(parts.username or ""), sender, to, tls, clear and not tls)


def _markdown(call: Call) -> str:
    """Robots know headings, quotes and links; goods' names may hold what they would take for marks."""
    lines = [f"**{_plain(call.title)}**", *(f"> {_plain(line)}" for line in call.text.splitlines())]
    if call.url:
        lines.append(f"[#{call.incident}]({call.url})")
    return "\n\n".join(lines)


def _plain(text: str) -> str:
    return "".join("\\" + c if c in "\\`*_[]<>#" else c for c in text[:LINE_MOST])


def _accepted(status: int) -> None:
    if not 200 <= status < 300:
        busy = status == 429 or status >= 500
        raise Fault(FaultKind.BUSY if busy else FaultKind.DENIED, f"answered {status}", may_have_happened=True)
