"""WeChat Pay APIv3 on its true wire: checks every signature and rule, keeps books, and misbehaves on request.

Written against the public documents, apart from the product's driver, so that a shared mistake cannot hide.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel

from .bill_files import wechat_text
from .bills import BillDesk, NoBill, refund_id
from .courier import Courier
from .faults import Armed, Faults
from .keys import Merchant, certificate, seal, sealed_certificate, serial_hex
from .models import Bank, BookOrder
from .serve import drip, drop, pause

BEIJING = timezone(timedelta(hours=8))
SCHEME = "WECHATPAY2-SHA256-RSA2048"
_FIELD = re.compile(r'(\w+)="([^"]*)"')
_NUMBER = re.compile(r"[0-9A-Za-z_\-*]{6,32}")
_NO_BILL = {"making": "STATEMENT_CREATING", "nothing": "NO_STATEMENT_EXIST"}
BILL_VALID_MS = 5 * 60 * 1000


class Refused(Exception):
    """An API error on its way to the wire."""

    def __init__(self, status: int, code: str, message: str = "", *, field: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.field = status, code, message or code, field


class WechatGateway:
    """One WeChat Pay. `now_ms` is its clock, `token` its chance (so many bytes in hex).

    `bill_host` is where bills are fetched, if not here.
    """

    def __init__(
        self,
        bank: Bank,
        faults: Faults,
        merchant: Merchant,
        now_ms: Callable[[], int],
        token: Callable[[int], str] = secrets.token_hex,
        *,
        bills_at_once: bool = False,
    ) -> None:
        self.bank = bank
        self.faults = faults
        self.merchant = merchant
        self._now_ms = now_ms
        self._token = token
        self._nonces: set[str] = set()
        self._platform = (merchant.platform_key, merchant.platform_certificate)
        self._courier = Courier(self.notification, self._take, lambda answer: answer.status_code in (200, 204))
        self._closing = asyncio.Event()
        self.requests = 0
        self.bill_host = ""
        write = partial(wechat_text, appid=merchant.appid, mchid=merchant.mchid)
        self._bills = BillDesk(bank, faults, now_ms, write, valid_ms=BILL_VALID_MS, at_once=bills_at_once)
        query, refunds = self._entry("query", self._query), "/v3/refund/domestic/refunds"
        routes = [Route("/v3/certificates", self._entry("", self._certificates))]
        for root in ("/v3/pay/transactions", "/v3/pay/partner/transactions"):
            order = f"{root}/out-trade-no/{{number}}"
            routes += [
                Route(f"{root}/codepay", self._entry("charge", self._codepay), methods=["POST"]),
                Route(f"{root}/native", self._entry("present", self._native), methods=["POST"]),
                Route(order, query),
                Route(f"{root}/id/{{transaction}}", query),
                Route(f"{order}/reverse", self._entry("undo", self._reverse), methods=["POST"]),
                Route(f"{order}/close", self._entry("undo", self._close), methods=["POST"]),
            ]
        routes += [
            Route(refunds, self._entry("refund", self._refund), methods=["POST"]),
            Route(f"{refunds}/{{refund}}", self._entry("refund_query", self._refund_query)),
            Route("/v3/bill/tradebill", self._entry("bill", self._tradebill)),
            Route("/v3/billdownload/file", self._bill_file),
        ]
        self.app = Starlette(routes=routes)

    def _take(self, name: str, at: str = "") -> Armed | None:
        return self.faults.take(Channel.WECHAT, name, at)

    def rotate_certificate(self) -> None:
        """From now on answers are signed with a new platform certificate."""
        key = generate_private_key(65537, 2048)
        self._platform = (key, certificate(key, "lab platform, rotated"))

    async def aclose(self) -> None:
        """End late answers and notifications that are still being retried."""
        self._closing.set()
        await self._courier.aclose()

    # ------------------------------------------------------------ the wire

    def _entry(self, at: str, act: Callable[[Request, dict[str, Any]], tuple[int, dict[str, Any] | None]]) -> Any:
        """Every request: faults of arrival, signature, the act, faults of the answer. `at` is what it asks for."""

        async def handle(request: Request) -> Response:
            self.requests += 1
            body = await request.body()
            if self._take("maintenance"):
                return self._signed(request, 503, {"code": "SERVICE_UNAVAILABLE", "message": "maintenance"})
            if self._take("request_lost", at):
                drop(request)
                return Response()
            status: int
            answer: dict[str, Any] | None
            try:
                self._check_signature(request, body)
                content = self._content(body)
                if self._take("unsigned_error", at):
                    return Response('{"code":"SYSTEM_ERROR","message":"unsigned"}', 500)
                self._refuse_by_fault(at, act.__name__)
                status, answer = act(request, content)
            except Refused as refusal:
                status, answer = refusal.status, {"code": refusal.code, "message": refusal.message}
                if refusal.field:
                    answer["detail"] = {"field": refusal.field, "location": "body"}
            return await self._answer(request, at, status, answer)

        return handle

    def _refuse_by_fault(self, at: str, act: str) -> None:
        """Errors instead of the act."""
        everywhere = (
            ("error_5xx", 500, "SYSTEM_ERROR"),
            ("rate_limit", 429, "FREQUENCY_LIMITED"),
            ("undocumented_code", 400, "NOBODY_WROTE_THIS_DOWN"),
        )
        own: dict[str, tuple[tuple[str, int, str], ...]] = {
            "_codepay": (("code_expired", 400, "AUTH_CODE_INVALID"), ("no_money", 403, "NOT_ENOUGH")),
            "_query": (("query_5xx", 500, "SYSTEM_ERROR"), ("query_not_found", 404, "ORDER_NOT_EXIST")),
            "_reverse": (("reverse_refused", 400, "USERPAYING"), ("reverse_5xx", 500, "SYSTEM_ERROR")),
            "_close": (("close_race", 429, "FREQUENCY_LIMITED"),),
        }
        for name, status, code in (*everywhere, *own.get(act, ())):
            if self._take(name, at):
                raise Refused(status, code)

    async def _answer(self, request: Request, at: str, status: int, answer: dict[str, Any] | None) -> Response:
        """Faults of what is answered, after the act."""
        if self._take("error_5xx_but_paid", at):
            return self._signed(request, 500, {"code": "SYSTEM_ERROR", "message": "but it happened"})
        late = self._take("reply_late", at)
        if late:
            await pause(self._closing, late.seconds)
        if self._take("reply_lost", at):
            drop(request)
            return Response()
        if self._take("reply_drips", at):
            return drip(self._closing)
        if answer and self._take("wrong_amount", at):
            answer = {**answer, "amount": {**answer.get("amount", {}), "total": 1, "refund": 1, "currency": "CNY"}}
        if answer and self._take("wrong_number", at):
            somebody = "SOMEBODYELSES01"
            answer = {**answer, "out_trade_no": somebody}
            if "out_refund_no" in answer:
                answer["out_refund_no"] = somebody
        return self._spoiled(request, at, status, answer)

    def _spoiled(self, request: Request, at: str, status: int, answer: dict[str, Any] | None) -> Response:
        """Faults of the bytes themselves."""
        good = self._signed(request, status, answer)
        content = 200 if status == 204 else status  # a 204 cannot carry the garbage
        if self._take("garbage", at):
            return self._signed_bytes(request, content, b"<html>\x00\xff gateway</html>")
        if self._take("cut_json", at):
            return self._signed_bytes(request, status, bytes(good.body)[: len(good.body) // 2])
        if self._take("huge_json", at):
            return self._signed_bytes(request, content, b'{"x":"' + b"a" * (2 << 20) + b'"}')
        if self._take("unsigned", at):
            for name in [n for n in good.headers if n.lower().startswith("wechatpay-")]:
                del good.headers[name]
        if self._take("bad_signature", at):
            good.headers["Wechatpay-Signature"] = base64.b64encode(bytes(256)).decode()
        return good

    def _check_signature(self, request: Request, body: bytes) -> None:
        """The five-line message of APIv3, verified with the merchant's certificate."""
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        fields = dict(_FIELD.findall(rest))
        if scheme != SCHEME or fields.keys() < {"mchid", "nonce_str", "timestamp", "serial_no", "signature"}:
            raise Refused(401, "SIGN_ERROR", "no or incomplete Authorization")
        if fields["mchid"] != self.merchant.mchid or fields["serial_no"] != serial_hex(self.merchant.certificate):
            raise Refused(401, "SIGN_ERROR", "unknown merchant or serial")
        stamp = fields["timestamp"]
        if not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(self._clock_ms() / 1000 - int(stamp)) > 300:
            raise Refused(401, "SIGN_ERROR", "timestamp out of range")
        if fields["nonce_str"] in self._nonces:
            raise Refused(401, "SIGN_ERROR", "nonce used before")
        self._nonces.add(fields["nonce_str"])
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        message = f"{request.method}\n{path}\n{fields['timestamp']}\n{fields['nonce_str']}\n".encode() + body + b"\n"
        try:
            public = self.merchant.key.public_key()
            public.verify(base64.b64decode(fields["signature"]), message, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            raise Refused(401, "SIGN_ERROR", "signature does not fit") from None

    def _content(self, body: bytes) -> dict[str, Any]:
        if not body:
            return {}
        try:
            value = json.loads(body)
        except ValueError:
            raise Refused(400, "PARAM_ERROR", "body is not JSON") from None
        if not isinstance(value, dict):
            raise Refused(400, "PARAM_ERROR", "body is not an object")
        return value

    def _clock_ms(self) -> int:
        skew = self.faults.peek(Channel.WECHAT, "clock_skew")
        return self._now_ms() + int((skew.seconds if skew else 0) * 1000)

    def _signed(self, request: Request, status: int, answer: dict[str, Any] | None) -> Response:
        body = b"" if answer is None else json.dumps(answer, ensure_ascii=False).encode()
        return self._signed_bytes(request, status, body)

    def _signed_bytes(self, request: Request, status: int, body: bytes) -> Response:
        """Signed with the key the request asked for, else with the platform certificate."""
        asked = request.headers.get("wechatpay-serial", "")
        headers = self._signature(body, by_public_key=asked == self.merchant.public_key_id)
        return Response(body, status, {"Content-Type": "application/json; charset=utf-8", **headers})

    def _signature(self, body: bytes, *, by_public_key: bool, key: RSAPrivateKey | None = None) -> dict[str, str]:
        platform, cert = self._platform
        serial = self.merchant.public_key_id if by_public_key else serial_hex(cert)
        signer = key or (self.merchant.platform_key if by_public_key else platform)
        stamp, nonce = str(self._clock_ms() // 1000), self._token(16)
        message = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = base64.b64encode(signer.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": serial,
            "Wechatpay-Signature": signature,
            "Wechatpay-Signature-Type": SCHEME,
            "Request-ID": self._token(16),
        }

    # ------------------------------------------------------------ the acts

    def _identity(self, content: dict[str, Any]) -> None:
        partner = "sp_mchid" in content
        mchid, appid = content.get("sp_mchid" if partner else "mchid"), content.get("sp_appid" if partner else "appid")
        if mchid != self.merchant.mchid or appid not in (self.merchant.appid, None):
            raise Refused(400, "APPID_MCHID_NOT_MATCH")

    def _order(self, content: dict[str, Any]) -> BookOrder:
        """Check the fields that codepay and native share."""
        self._identity(content)
        number, amount = content.get("out_trade_no"), content.get("amount")
        if not isinstance(number, str) or not _NUMBER.fullmatch(number):
            raise Refused(400, "PARAM_ERROR", "out_trade_no", field="/out_trade_no")
        total = amount.get("total") if isinstance(amount, dict) else None
        if not isinstance(total, int) or isinstance(total, bool) or total < 1:
            raise Refused(400, "PARAM_ERROR", "amount.total", field="/amount/total")
        description = content.get("description")
        if not isinstance(description, str) or not 0 < len(description.encode()) <= 127:
            raise Refused(400, "PARAM_ERROR", "description", field="/description")
        scene = content.get("scene_info")
        device = str(scene.get("device_id", "")) if isinstance(scene, dict) else ""
        sub, notify_url = str(content.get("sub_mchid", "")), str(content.get("notify_url", ""))
        return BookOrder(number, Fen(total), description, self._now_ms(), notify_url, device, sub_mchid=sub)

    def _codepay(self, request: Request, content: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        del request
        order = self._order(content)
        payer, scene = content.get("payer"), content.get("scene_info")
        code = payer.get("auth_code") if isinstance(payer, dict) else None
        store = scene.get("store_info") if isinstance(scene, dict) else None
        if not isinstance(store, dict) or not (store.get("id") or store.get("out_id")):
            raise Refused(400, "PARAM_ERROR", "scene_info.store_info", field="/scene_info/store_info")
        if not isinstance(code, str) or not re.fullmatch(r"1[0-5]\d{16}", code):
            raise Refused(400, "AUTH_CODE_ERROR", "not a payment code")
        abandoned, fails = self._take("password_abandoned"), self._take("pay_error")
        ask = any((self._take("needs_password"), abandoned, fails))
        came_to = self.bank.charge(order, code, self._now_ms(), ask=ask)
        if came_to == "needs_user" and abandoned:
            self.bank.drop_prompt(self.bank.orders[order.number])
        if came_to == "needs_user" and fails:
            self.bank.fail(order.number)
        match came_to:
            case "paid":
                return 200, self._state(self.bank.orders[order.number], content.get("sub_mchid"))
            case "needs_user":
                return 202, {"trade_state": "USERPAYING"}
            case "code_invalid":
                raise Refused(400, "AUTH_CODE_INVALID", "code expired or used once already")
            case "no_money":
                raise Refused(403, "NOT_ENOUGH")
            case "repeat":
                known = self.bank.orders[order.number]
                return (
                    (200, self._state(known, content.get("sub_mchid")))
                    if known.state == "paid"
                    else (202, {"trade_state": "USERPAYING"})
                )
            case _:
                raise Refused(403, "OUT_TRADE_NO_USED")

    def _native(self, request: Request, content: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        del request
        order = self._order(content)
        if not order.notify_url or "?" in order.notify_url:
            raise Refused(400, "PARAM_ERROR", "notify_url", field="/notify_url")
        order.presented, order.url = True, f"weixin://wxpay/bizpayurl?pr={self._token(9)}"
        known = self.bank.present(order)
        if known.amount != order.amount:
            raise Refused(403, "OUT_TRADE_NO_USED")
        return 200, {"code_url": known.url}

    def _find(self, request: Request) -> BookOrder:
        number, transaction = request.path_params.get("number"), request.path_params.get("transaction")
        for order in self.bank.orders.values():
            if order.number == number or (transaction and order.transaction == transaction):
                return order
        raise Refused(404, "ORDER_NOT_EXIST")

    def _query(self, request: Request, content: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        del content
        asked = request.query_params.get("mchid") or request.query_params.get("sp_mchid")
        if asked != self.merchant.mchid:
            raise Refused(400, "PARAM_ERROR", "mchid")
        return 200, self._state(self._find(request), request.query_params.get("sub_mchid"))

    def _who(self, sub_mchid: object = None) -> dict[str, Any]:
        """The identity that an answer states: the merchant, or a service provider with its sub-merchant."""
        ours = self.merchant
        if sub_mchid:
            return {"sp_appid": ours.appid, "sp_mchid": ours.mchid, "sub_mchid": sub_mchid}
        return {"appid": ours.appid, "mchid": ours.mchid}

    def _state(self, order: BookOrder, sub_mchid: object = None) -> dict[str, Any]:
        """The transaction object."""
        waiting = "NOTPAY" if order.presented else "USERPAYING"
        states = {"waiting": waiting, "failed": "PAYERROR", "closed": "CLOSED", "reversed": "REVOKED"}
        state = states.get(order.state, "REFUND" if order.refunds else "SUCCESS")
        base: dict[str, Any] = {
            **self._who(sub_mchid),
            "out_trade_no": order.number,
            "trade_state": state,
            "trade_state_desc": state.lower(),
            "trade_type": "NATIVE" if order.presented else "MICROPAY",
            "amount": {"total": order.amount, "payer_total": order.amount, "currency": "CNY", "payer_currency": "CNY"},
        }
        if order.paid_ms:
            base |= {
                "transaction_id": order.transaction,
                "bank_type": "OTHERS",
                "success_time": datetime.fromtimestamp(order.paid_ms // 1000, BEIJING).isoformat(),
                "payer": {"openid": f"o_{order.wallet.owner if order.wallet else 'lab'}"},
            }
        return base

    def _reverse(self, request: Request, content: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        self._identity(content)
        number = request.path_params["number"]
        order = self.bank.orders.get(number)
        if order is None:
            raise Refused(404, "ORDER_NOT_EXIST")
        if self._now_ms() - order.opened_ms < 14_000:
            raise Refused(400, "INVALID_REQUEST", "reverse not before 15 s")
        if self._now_ms() - order.opened_ms > 7 * 24 * 3600 * 1000:
            raise Refused(400, "INVALID_REQUEST", "reverse within 7 days")
        self.bank.undo(number, self._now_ms())
        return 200, {**self._who(content.get("sub_mchid")), "out_trade_no": number}

    def _close(self, request: Request, content: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        self._identity(content)
        if self.bank.close(request.path_params["number"]) == "paid":
            raise Refused(400, "ORDERPAID", "already paid")
        return 204, None

    def _refund(self, request: Request, content: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        del request
        number, refund, amount = content.get("out_trade_no"), content.get("out_refund_no"), content.get("amount")
        if not isinstance(refund, str) or not isinstance(amount, dict) or amount.get("currency") != "CNY":
            raise Refused(400, "PARAM_ERROR")
        order = self.bank.orders.get(str(number)) or next(
            (o for o in self.bank.orders.values() if o.transaction == content.get("transaction_id")), None
        )
        if order is None:
            raise Refused(404, "RESOURCE_NOT_EXISTS")
        if amount.get("total") != order.amount or not isinstance(amount.get("refund"), int):
            raise Refused(400, "INVALID_REQUEST", "amounts do not fit")
        if not self.bank.refund(order.number, refund, Fen(amount["refund"]), self._now_ms()):
            raise Refused(400, "INVALID_REQUEST", "refund above what is left, or not paid")
        return 200, self._refund_state(order, refund)

    def _refund_query(self, request: Request, content: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        del content
        refund = request.path_params["refund"]
        for order in self.bank.orders.values():
            if refund in order.refunds:
                return 200, self._refund_state(order, refund)
        raise Refused(404, "RESOURCE_NOT_EXISTS")

    def _refund_state(self, order: BookOrder, refund: str) -> dict[str, Any]:
        at_ms, amount = order.refunded_ms.get(refund, order.reversed_ms), order.refunds[refund]
        done = datetime.fromtimestamp(at_ms // 1000, BEIJING).isoformat()
        return {
            "refund_id": refund_id(refund),
            "out_refund_no": refund,
            "transaction_id": order.transaction,
            "out_trade_no": order.number,
            "channel": "ORIGINAL",
            "user_received_account": "wallet",
            "create_time": done,
            "success_time": done,
            "status": "SUCCESS",
            "amount": {"total": order.amount, "refund": amount, "payer_refund": amount, "currency": "CNY"},
        }

    def _certificates(self, request: Request, content: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        del request, content
        return 200, {"data": [sealed_certificate(self.merchant.api_key, self._platform[1], self._token(6))]}

    # ------------------------------------------------------------ bills

    def _tradebill(self, request: Request, content: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        del content
        asked = request.query_params
        if asked.get("bill_type", "ALL") != "ALL":
            raise Refused(400, "PARAM_ERROR", "the lab makes bills of type ALL")
        try:
            token, made = self._bills.make(asked.get("bill_date", ""), asked.get("sub_mchid", ""))
        except NoBill as no:
            raise Refused(400, _NO_BILL.get(no.why, "PARAM_ERROR"), f"bill_date: {no.why}") from None
        digest = hashlib.sha1(b"off" if self._take("bill_hash_off") else made, usedforsecurity=False).hexdigest()
        url = f"{self.bill_host or str(request.base_url).rstrip('/')}/v3/billdownload/file?token={token}"
        return 200, {"hash_type": "SHA1", "hash_value": digest, "download_url": url}

    async def _bill_file(self, request: Request) -> Response:
        """The file's answer is not signed; the question is."""
        self.requests += 1
        try:
            self._check_signature(request, b"")
        except Refused as refusal:
            return Response(json.dumps({"code": refusal.code, "message": refusal.message}), refusal.status)
        content = self._bills.fetch(request.query_params.get("token", ""))
        return Response(content or b'{"code":"PARAM_ERROR"}', 200 if content else 400, media_type="text/plain")

    # ------------------------------------------------------------ notifications

    def notify(self, order: BookOrder) -> None:
        """Tell the merchant that an order was paid."""
        self._courier.send(order)

    def notification(self, order: BookOrder, key: RSAPrivateKey | None = None) -> tuple[dict[str, str], bytes]:
        """Headers and body that say "paid", whatever the order's state is; signed by `key`, else by WeChat."""
        sealed = seal(self.merchant.api_key, json.dumps(self._state(order)).encode(), "transaction", self._token(6))
        event = {
            "id": self._token(18),
            "create_time": datetime.fromtimestamp(self._now_ms() // 1000, BEIJING).isoformat(),
            "event_type": "TRANSACTION.SUCCESS",
            "resource_type": "encrypt-resource",
            "summary": "paid",
            "resource": {"original_type": "transaction", **sealed},
        }
        body = json.dumps(event).encode()
        return {"Content-Type": "application/json", **self._signature(body, by_public_key=True, key=key)}, body
