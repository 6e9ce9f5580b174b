"""What staff see of the outside: last digits, ends of certificates, hosts; never a secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from paybooth.config import Config, NotifySettings, WebSettings
from paybooth.drivers.alipay import AlipaySettings
from paybooth.drivers.wechat import WechatSettings
from paybooth.house_file import house
from paybooth.shop.house import Certificate

from .floor import settings

UNTIL = datetime(2027, 5, 1, tzinfo=UTC)


def certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(UNTIL - timedelta(days=9)).not_valid_after(UNTIL)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def test_accounts_and_targets_show_no_more_than_they_must(tmp_path):
    (tmp_path / "app.crt").write_bytes(certificate())
    (tmp_path / "wx.pem").write_text("-----BEGIN PUBLIC KEY-----\n")
    (tmp_path / "broken.crt").write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
    key = tmp_path / "none.pem"
    config = Config(
        tmp_path,
        WebSettings(),
        settings(),
        wechat=WechatSettings("wx1", "1900000109", "5F", key, key, public_key=tmp_path / "wx.pem"),
        alipay=AlipaySettings(
            "2021000000000001",
            key,
            app_certificate=tmp_path / "app.crt",
            alipay_certificate=tmp_path / "broken.crt",
            pid="2088000000000777",
        ),
        notify=(NotifySettings("duty", url="https://user:secret@robot.example/send?access_token=abc"),),
    )
    found = house(config)
    assert (found.accounts["wechat"].number, found.accounts["alipay"].number) == ("···0109", "···0777")
    assert found.accounts["wechat"].certificates == (Certificate("public_key", 0),)
    assert found.accounts["alipay"].certificates == (
        Certificate("application", int(UNTIL.timestamp() * 1000)),
        Certificate("channel", 0),
    )
    assert found.targets == {"notify:duty": "https://robot.example"}
    assert "secret" not in str(found)
