"""Alipay's gateway.do on its true wire: RSA2 both ways, always HTTP 200, odd escapes included; keeps books.

Written against the public documents, apart from the product's driver, so that a shared mistake cannot hide.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zlib import crc32

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel

from .bill_files import alipay_zip
from .bills import BillDesk, NoBill
from .courier import Courier
from .faults import Armed, Faults
from .keys import Merchant, certificate_sn
from .models import Bank, BookOrder
from .serve import drip, drop, pause

BEIJING = timezone(timedelta(hours=8))
MEDIA = "text/html;charset=utf-8"
CANCEL_WITHIN_MS = 24 * 3600 * 1000
BILL_VALID_MS = 30 * 1000
BILL_PATH = "/downloadBillFile.resource"
_NUMBER = re.compile(r"\w{1,64}", re.ASCII)
Answer = dict[str, Any]


def _ok(**fields: Any) -> Answer:
    return {"code": "10000", "msg": "Success", **fields}


def _no(sub_code: str, text: str = "", *, code: str = "40004") -> Answer:
    return {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": text or sub_code}


def _text(fen: int) -> str:
    return str(Decimal(fen).scaleb(-2).quantize(Decimal("0.01")))


class AlipayGateway:
    """One Alipay. `now_ms` is its clock, `token` its chance (so many bytes in hex).

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
        self._courier = Courier(self.notification, self._take, lambda answer: answer.text == "success")
        self._closing = asyncio.Event()
        self.requests = 0
        self.bill_host = ""
        write = partial(alipay_zip, pid=merchant.pid)
        self._bills = BillDesk(bank, faults, now_ms, write, valid_ms=BILL_VALID_MS, at_once=bills_at_once)
        self._methods: dict[str, tuple[str, Callable[[dict[str, str], Answer], Answer]]] = {
            "alipay.trade.pay": ("charge", self._pay),
            "alipay.trade.query": ("query", self._query),
            "alipay.trade.cancel": ("undo", self._cancel),
            "alipay.trade.close": ("undo", self._close),
            "alipay.trade.precreate": ("present", self._precreate),
            "alipay.trade.refund": ("refund", self._refund),
            "alipay.trade.fastpay.refund.query": ("refund_query", self._refund_query),
            "alipay.data.dataservice.bill.downloadurl.query": ("bill", self._bill_url),
        }
        gateway = Route("/gateway.do", self._handle, methods=["GET", "POST"])
        self.app = Starlette(routes=[gateway, Route(BILL_PATH, self._bill_file)])

    async def aclose(self) -> None:
        """End late answers and notifications that are still being retried."""
        self._closing.set()
        await self._courier.aclose()

    def _take(self, name: str, at: str = "") -> Armed | None:
        return self.faults.take(Channel.ALIPAY, name, at)

    # ------------------------------------------------------------ the wire

    async def _handle(self, request: Request) -> Response:
        self.requests += 1
        body = (await request.body()).decode("utf-8", "replace")
        fields = dict(parse_qsl(request.url.query, keep_blank_values=True))
        fields.update(parse_qsl(body, keep_blank_values=True))
        response = await self._respond(request, fields)
        whole = bytes(getattr(response, "body", b""))
        if not fields.get("app_cert_sn") or not whole.endswith(b'"}'):
            return response
        # certificate mode: the envelope also names the certificate of its signature
        sn = certificate_sn(self.merchant.platform_certificate)
        return Response(whole[:-1] + f',"alipay_cert_sn":"{sn}"}}'.encode(), media_type=MEDIA)

    async def _respond(self, request: Request, fields: dict[str, str]) -> Response:
        method = fields.get("method", "")
        at, act = self._methods.get(method, ("", None))
        if self._take("maintenance"):
            return Response("busy", 503)
        if self._take("request_lost", at):
            drop(request)
            return Response()
        fault = self._request_fault(fields)
        if fault is not None or act is None:
            return self._reply(method, fault or _no("isv.invalid-method", code="40002"))
        if self._take("unsigned_error", at):
            return Response('{"error_response":{"code":"20000","msg":"Service Unavailable"}}')
        answer = self._instead(at, method)
        if answer is None:
            try:
                content = json.loads(fields.get("biz_content", ""))
            except ValueError:
                return self._reply(method, _no("isv.invalid-parameter", code="40002"))
            here = {**fields, "base_url": str(request.base_url)}
            answer = act(here, content if isinstance(content, dict) else {})
        return await self._answer(request, at, method, answer)

    def _instead(self, at: str, method: str) -> Answer | None:
        """Errors instead of the act."""
        unknown = _no("isp.unknow-error", code="20000")
        everywhere = (
            ("error_5xx", unknown),
            ("rate_limit", _no("isv.app-call-limited", code="40005")),
            ("undocumented_code", _no("ACQ.NOBODY_WROTE_THIS_DOWN")),
        )
        own: dict[str, tuple[tuple[str, Answer], ...]] = {
            "alipay.trade.pay": (
                ("code_expired", _no("ACQ.PAYMENT_AUTH_CODE_INVALID")),
                ("no_money", _no("ACQ.BUYER_BALANCE_NOT_ENOUGH")),
                ("pay_error", _no("ACQ.PAYMENT_FAIL")),
            ),
            "alipay.trade.query": (("query_5xx", unknown), ("query_not_found", _no("ACQ.TRADE_NOT_EXIST"))),
            "alipay.trade.cancel": (
                ("reverse_5xx", _no("AQC.SYSTEM_ERROR")),
                ("reverse_refused", _ok(retry_flag="Y", out_trade_no="")),
                ("close_race", unknown),
            ),
        }
        return next((answer for name, answer in (*everywhere, *own.get(method, ())) if self._take(name, at)), None)

    async def _answer(self, request: Request, at: str, method: str, answer: Answer) -> Response:
        """Faults of what is answered, after the act."""
        if self._take("error_5xx_but_paid", at):
            return self._reply(method, _no("isp.unknow-error", code="20000"))
        late = self._take("reply_late", at)
        if late:
            await pause(self._closing, late.seconds)
        if self._take("reply_lost", at):
            drop(request)
            return Response()
        if self._take("reply_drips", at):
            return drip(self._closing)
        if self._take("wrong_amount", at):
            answer = {**answer, **{name: "0.01" for name in answer if name.endswith(("_amount", "_fee"))}}
        if self._take("wrong_number", at):
            answer = {**answer, **{name: "SOMEBODYELSES01" for name in answer if name.startswith("out_")}}
        return self._spoiled(at, self._text_reply(method, answer))

    def _spoiled(self, at: str, good: str) -> Response:
        """Faults of the bytes themselves."""
        if self._take("garbage", at):
            return Response(b"<html>\x00\xff gateway</html>")
        if self._take("cut_json", at):
            return Response(good[: len(good) // 2])
        if self._take("huge_json", at):
            return Response('{"x":"' + "a" * (2 << 20) + '"}')
        if self._take("unsigned", at):
            return Response(good.partition(',"sign"')[0] + "}")
        if self._take("bad_signature", at):
            return Response(re.sub(r'"sign":"[^"]{8}', '"sign":"AAAAAAAA', good))
        return Response(good, media_type=MEDIA)

    def _reply(self, method: str, answer: Answer) -> Response:
        return Response(self._text_reply(method, answer), media_type=MEDIA)

    def _text_reply(self, method: str, answer: Answer) -> str:
        """The envelope as Alipay writes it: slashes escaped, the signature over the member's exact characters."""
        name = method.replace(".", "_") + "_response" if method in self._methods else "error_response"
        content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
        signature = self._sign(content.encode())
        return f'{{"{name}":{content},"sign":"{signature}"}}'

    def _sign(self, text: bytes, key: RSAPrivateKey | None = None) -> str:
        signer = key or self.merchant.platform_key
        return base64.b64encode(signer.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()

    def _request_fault(self, fields: dict[str, str]) -> Answer | None:
        """Signature, identity and clock of a request; None when it is good."""
        if fields.get("app_id") != self.merchant.app_id:
            return _no("isv.invalid-app-id", code="40002")
        if fields.get("app_cert_sn", "") not in ("", certificate_sn(self.merchant.certificate)):
            return _no("isv.invalid-app-cert-sn", code="40002")
        if fields.get("sign_type") != "RSA2" or fields.get("charset", "").lower() != "utf-8":
            return _no("isv.invalid-signature-type", code="40002")
        signed = "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if v and k != "sign").encode()
        try:
            signature = base64.b64decode(fields.get("sign", ""))
            self.merchant.key.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return _no("isv.invalid-signature", code="40002")
        try:
            at = datetime.strptime(fields.get("timestamp", ""), "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        except ValueError:
            return _no("isv.invalid-timestamp", code="40002")
        skew = self.faults.peek(Channel.ALIPAY, "clock_skew")
        if abs(at.timestamp() - self._now_ms() / 1000 - (skew.seconds if skew else 0)) > 86_400:
            return _no("isv.invalid-timestamp", code="40002")
        return None

    # ------------------------------------------------------------ the acts

    def _order(self, fields: dict[str, str], content: Answer) -> BookOrder | Answer:
        number, amount = content.get("out_trade_no"), content.get("total_amount")
        if not isinstance(number, str) or not _NUMBER.fullmatch(number) or not content.get("subject"):
            return _no("ACQ.INVALID_PARAMETER")
        try:
            fen = Decimal(str(amount)) * 100
        except InvalidOperation:
            return _no("ACQ.INVALID_PARAMETER")
        if fen != fen.to_integral_value() or not 1 <= fen <= 10_000_000_000:
            return _no("ACQ.AMOUNT_OR_CURRENCY_ERROR")
        device, store = str(content.get("terminal_id", "")), str(content.get("store_id", ""))
        subject, notify_url = str(content["subject"]), fields.get("notify_url", "")
        return BookOrder(number, Fen(int(fen)), subject, self._now_ms(), notify_url, device, store)

    def _pay(self, fields: dict[str, str], content: Answer) -> Answer:
        order = self._order(fields, content)
        if isinstance(order, dict):
            return order
        code = content.get("auth_code")
        if not isinstance(code, str) or content.get("scene", "bar_code") != "bar_code":
            return _no("ACQ.INVALID_PARAMETER")
        abandoned = self._take("password_abandoned")
        ask = any((self._take("needs_password"), abandoned))
        came_to = self.bank.charge(order, code, self._now_ms(), ask=ask)
        if came_to == "needs_user" and abandoned:
            self.bank.drop_prompt(self.bank.orders[order.number])
        match came_to:
            case "paid":
                return self._paid(self.bank.orders[order.number])
            case "needs_user":
                return {"code": "10003", "msg": "order success pay inprocess", "out_trade_no": order.number}
            case "code_invalid":
                return _no("ACQ.PAYMENT_AUTH_CODE_INVALID")
            case "no_money":
                return _no("ACQ.BUYER_BALANCE_NOT_ENOUGH")
            case "repeat":
                paid = self.bank.orders[order.number].state == "paid"
                return _no("ACQ.TRADE_HAS_SUCCESS") if paid else {"code": "10003", "out_trade_no": order.number}
            case _:
                return _no("ACQ.CONTEXT_INCONSISTENT")

    def _paid(self, order: BookOrder) -> Answer:
        return _ok(
            **self._trade(order),
            gmt_payment=self._time(order.paid_ms),
            fund_bill_list=[{"fund_channel": "ALIPAYACCOUNT", "amount": _text(order.amount)}],
        )

    def _trade(self, order: BookOrder) -> Answer:
        return {
            "trade_no": order.transaction or f"2026{crc32(order.number.encode()):020d}",
            "out_trade_no": order.number,
            "total_amount": _text(order.amount),
            "receipt_amount": _text(order.amount),
            "buyer_pay_amount": _text(order.amount),
            "buyer_logon_id": "lab***@example.com",
            "buyer_open_id": f"lab/{order.wallet.owner if order.wallet else ''}",
        }

    def _time(self, unix_ms: int) -> str:
        return datetime.fromtimestamp(unix_ms / 1000, BEIJING).strftime("%Y-%m-%d %H:%M:%S")

    def _find(self, content: Answer) -> BookOrder | None:
        number, trade = content.get("out_trade_no"), content.get("trade_no")
        if trade:
            return next((o for o in self.bank.orders.values() if o.transaction == trade), None)
        return self.bank.orders.get(str(number))

    def _query(self, fields: dict[str, str], content: Answer) -> Answer:
        del fields
        order = self._find(content)
        if order is None or (order.presented and order.wallet is None and order.state == "waiting"):
            return _no("ACQ.TRADE_NOT_EXIST")
        states = {"waiting": "WAIT_BUYER_PAY", "paid": "TRADE_SUCCESS"}
        status = states.get(order.state, "TRADE_CLOSED")
        if order.state == "paid" and order.refunded == order.amount:
            status = "TRADE_CLOSED"
        paid = {"send_pay_date": self._time(order.paid_ms)} if order.paid_ms else {}
        return _ok(**self._trade(order), trade_status=status, **paid)

    def _cancel(self, fields: dict[str, str], content: Answer) -> Answer:
        """A number never seen is cancelled all the same, and stays cancelled."""
        del fields
        number = str(content.get("out_trade_no", ""))
        order = self._find(content)
        if order is None:
            stopped = BookOrder(number, Fen(0), "cancelled before it came", self._now_ms(), state="closed")
            self.bank.orders[number] = stopped
            return _ok(out_trade_no=number, retry_flag="N")
        if self._now_ms() - order.opened_ms > CANCEL_WITHIN_MS:
            return _no("ACQ.TRADE_CANCEL_TIME_OUT")
        was_paid = order.state == "paid"
        self.bank.undo(order.number, self._now_ms())
        action = "refund" if was_paid else "close"
        return _ok(out_trade_no=number, trade_no=order.transaction, retry_flag="N", action=action)

    def _close(self, fields: dict[str, str], content: Answer) -> Answer:
        del fields
        order = self._find(content)
        if order is None:
            return _no("ACQ.TRADE_NOT_EXIST")
        if self.bank.close(order.number) == "paid":
            return _no("ACQ.TRADE_STATUS_ERROR")
        return _ok(out_trade_no=order.number, trade_no=order.transaction)

    def _precreate(self, fields: dict[str, str], content: Answer) -> Answer:
        order = self._order(fields, content)
        if isinstance(order, dict):
            return order
        order.presented, order.url = True, f"https://qr.alipay.com/{self._token(12)}"
        known = self.bank.present(order)
        if known.amount != order.amount:
            return _no("ACQ.CONTEXT_INCONSISTENT")
        return _ok(out_trade_no=order.number, qr_code=known.url)

    def _refund(self, fields: dict[str, str], content: Answer) -> Answer:
        del fields
        order = self._find(content)
        if order is None:
            return _no("ACQ.TRADE_NOT_EXIST")
        request_no = str(content.get("out_request_no") or order.number)
        try:
            amount = Fen(int(Decimal(str(content.get("refund_amount"))) * 100))
        except InvalidOperation:
            return _no("ACQ.INVALID_PARAMETER")
        repeated = request_no in order.refunds
        if repeated and order.refunds[request_no] != amount:
            return _no("ACQ.DISCORDANT_REPEAT_REQUEST")
        if not self.bank.refund(order.number, request_no, amount, self._now_ms()):
            return _no("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL" if order.state == "paid" else "ACQ.TRADE_STATUS_ERROR")
        fields_out = {
            **self._trade(order),
            "refund_fee": _text(order.refunded),
            "gmt_refund_pay": self._time(self._now_ms()),
        }
        return _ok(**fields_out, fund_change="N" if repeated else "Y")

    def _refund_query(self, fields: dict[str, str], content: Answer) -> Answer:
        del fields
        order, number = self._find(content), str(content.get("out_request_no", ""))
        if order is None:
            return _no("ACQ.TRADE_NOT_EXIST")
        if number not in order.refunds:
            return _ok()
        amount = _text(order.refunds[number])
        both = {"out_trade_no": order.number, "out_request_no": number}
        return _ok(**both, refund_amount=amount, refund_status="REFUND_SUCCESS", total_amount=_text(order.amount))

    # ------------------------------------------------------------ bills

    def _bill_url(self, fields: dict[str, str], content: Answer) -> Answer:
        """A bill that is still being made is, in Alipay's words, not there."""
        day = str(content.get("bill_date", ""))
        if content.get("bill_type") != "trade":
            return _no("isv.invalid-parameter", code="40002")
        try:
            token, _ = self._bills.make(day)
        except NoBill as no:
            if no.why in ("malformed", "future"):
                return _no("isv.invalid-parameter", f"bill_date: {no.why}", code="40002")
            return _no("isp.bill_not_exist", "账单不存在")
        query = urlencode(
            {"bizType": "trade", "fileType": "csv.zip", "bizDates": day.replace("-", ""), "fileId": token}
        )
        return _ok(bill_download_url=f"{self.bill_host or fields['base_url'].rstrip('/')}{BILL_PATH}?{query}")

    async def _bill_file(self, request: Request) -> Response:
        """Nothing is signed here but the address; an old one gets a page for people, with status 200."""
        self.requests += 1
        content = self._bills.fetch(request.query_params.get("fileId", ""))
        if content is None:
            return Response("<html>链接已失效</html>", media_type=MEDIA)
        return Response(content, media_type="application/octet-stream")

    # ------------------------------------------------------------ notifications

    def notify(self, order: BookOrder) -> None:
        """Tell the merchant that an order was paid."""
        self._courier.send(order)

    def notification(self, order: BookOrder, key: RSAPrivateKey | None = None) -> tuple[dict[str, str], bytes]:
        """Headers and body that say "paid", whatever the order's state is; signed by `key`, else by Alipay."""
        fields = {
            "notify_time": self._time(self._now_ms()),
            "notify_type": "trade_status_sync",
            "notify_id": self._token(17),
            "app_id": self.merchant.app_id,
            "charset": "utf-8",
            "version": "1.0",
            "trade_status": "TRADE_SUCCESS",
            "subject": order.description,
            "gmt_payment": self._time(order.paid_ms),
            **self._trade(order),
        }
        signed = "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if v).encode()
        form = urlencode({**fields, "sign_type": "RSA2", "sign": self._sign(signed, key)})
        return {"Content-Type": "application/x-www-form-urlencoded"}, form.encode()
