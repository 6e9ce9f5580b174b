"""Keys of a pretend merchant at both wallets, made fresh, and written as the PEM files a shop's configuration names."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import md5
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID


def private_pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_pem(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def certificate(key: RSAPrivateKey, name: str, now: datetime | None = None) -> x509.Certificate:
    """A self-signed certificate, valid for ten years from `now`, which is a simulator's or today."""
    who = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Paybooth lab, made up"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    now = now or datetime.now(UTC)
    builder = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=3650))
    return builder.sign(key, hashes.SHA256())


def serial_hex(cert: x509.Certificate) -> str:
    return f"{cert.serial_number:040X}"


def certificate_sn(cert: x509.Certificate) -> str:
    """Alipay's name of a certificate: MD5 of issuer (last part first, nothing escaped) and decimal serial."""
    parts = {a.oid: str(a.value) for a in cert.issuer}
    order = ((NameOID.COMMON_NAME, "CN"), (NameOID.ORGANIZATION_NAME, "O"), (NameOID.COUNTRY_NAME, "C"))
    issuer = ",".join(f"{short}={parts[oid]}" for oid, short in order)
    return md5(f"{issuer}{cert.serial_number}".encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Merchant:
    """Both sides' keys: the merchant's own, and the wallets'."""

    key: RSAPrivateKey
    certificate: x509.Certificate
    platform_key: RSAPrivateKey
    platform_certificate: x509.Certificate
    api_key: str = "lab0lab1lab2lab3lab4lab5lab6lab7"
    appid: str = "wx0000000000000lab"
    mchid: str = "1900000109"
    app_id: str = "2021000000000001"
    pid: str = "2088000000000001"
    public_key_id: str = "PUB_KEY_ID_0119000001092026112200000000000001"


def make_merchant(now: datetime | None = None) -> Merchant:
    """Fresh 2048-bit keys; about a third of a second."""
    ours, theirs = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
    return Merchant(ours, certificate(ours, "lab merchant", now), theirs, certificate(theirs, "lab platform", now))


def seal(api_key: str, plain: bytes, extra: str, nonce: str) -> dict[str, str]:
    """An AEAD_AES_256_GCM resource of APIv3; a nonce of 12 characters, never twice."""
    sealed = AESGCM(api_key.encode()).encrypt(nonce.encode(), plain, extra.encode())
    ciphertext = base64.b64encode(sealed).decode()
    return {"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": extra, "ciphertext": ciphertext}


def sealed_certificate(api_key: str, cert: x509.Certificate, nonce: str) -> dict[str, object]:
    """A row of APIv3's list of platform certificates."""
    return {
        "serial_no": serial_hex(cert),
        "effective_time": cert.not_valid_before_utc.isoformat(),
        "expire_time": cert.not_valid_after_utc.isoformat(),
        "encrypt_certificate": seal(api_key, cert.public_bytes(Encoding.PEM), "certificate", nonce),
    }


@cache
def foreign_key() -> RSAPrivateKey:
    """The forger's: nobody has its public half."""
    return generate_private_key(65537, 2048)


FILES = (
    "merchant_key.pem",
    "merchant_cert.pem",
    "wallet_key.pem",
    "wallet_public.pem",
    "wallet_cert.pem",
    "api_key.txt",
)


def load_or_make(folder: Path, now: datetime | None = None) -> Merchant:
    """The merchant whose files are in the folder, made on first use."""
    folder.mkdir(parents=True, exist_ok=True)
    if all((folder / name).exists() for name in FILES):
        ours = load_pem_private_key((folder / FILES[0]).read_bytes(), None)
        theirs = load_pem_private_key((folder / FILES[2]).read_bytes(), None)
        assert isinstance(ours, RSAPrivateKey) and isinstance(theirs, RSAPrivateKey)
        certs = [x509.load_pem_x509_certificate((folder / FILES[n]).read_bytes()) for n in (1, 4)]
        return Merchant(ours, certs[0], theirs, certs[1])
    merchant = make_merchant(now)
    contents = (
        private_pem(merchant.key),
        merchant.certificate.public_bytes(Encoding.PEM),
        private_pem(merchant.platform_key),
        public_pem(merchant.platform_key),
        merchant.platform_certificate.public_bytes(Encoding.PEM),
        merchant.api_key.encode(),
    )
    for name, content in zip(FILES, contents, strict=True):
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    return merchant
