"""What of the configuration staff may see in the console, read once at start. Part of the roof."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from .config import Config
from .shop.house import Account, Certificate, House, masked


def house(config: Config) -> House:
    """Accounts by their last digits, certificates by their end, targets by their host."""
    accounts = {}
    if config.wechat is not None:
        files = {"public_key": config.wechat.public_key}
        accounts["wechat"] = Account(masked(config.wechat.mchid), _certificates(files))
    if config.alipay is not None:
        files = {
            "public_key": config.alipay.public_key,
            "application": config.alipay.app_certificate,
            "channel": config.alipay.alipay_certificate,
        }
        accounts["alipay"] = Account(masked(config.alipay.pid or config.alipay.app_id), _certificates(files))
    targets = {f"notify:{each.name}": _host(each.url) for each in config.notify}
    targets |= {f"webhook:{each.name}": _host(each.url) for each in config.webhooks}
    return House(accounts, targets)


def _certificates(files: dict[str, Path]) -> tuple[Certificate, ...]:
    return tuple(Certificate(name, _until_ms(path)) for name, path in files.items() if path.is_file())


def _until_ms(path: Path) -> int:
    content = path.read_bytes()
    if b"BEGIN CERTIFICATE" not in content:
        return 0
    try:
        found = x509.load_pem_x509_certificates(content)
    except ValueError:
        return 0  # the channel itself refuses it, in words
    return min(int(each.not_valid_after_utc.timestamp() * 1000) for each in found)


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}"
