"""django-oscar at the same work, inside its own throw-away environment: never imported by us (see bench_oscar.py).

`python peer_oscar.py FOLDER`: one JSON line with add-lines per second (its add-to-basket view, through Django's test
client) and five-line sales per second (its own basket and order API, no HTTP, each act its own synced transaction).
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from decimal import Decimal
from types import ModuleType
from typing import Any

import django
import oscar.defaults
from django.conf import settings

ROUNDS, SALES, ADDS, LINES, GOODS = 5, 25, 40, 5, 500

CONTRIB = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles", "sites", "flatpages")
SHOP = {
    "analytics": "Analytics",
    "checkout": "Checkout",
    "address": "Address",
    "shipping": "Shipping",
    "catalogue": "Catalogue",
    "catalogue.reviews": "CatalogueReviews",
    "communication": "Communication",
    "partner": "Partner",
    "basket": "Basket",
    "payment": "Payment",
    "offer": "Offer",
    "order": "Order",
    "customer": "Customer",
    "search": "Search",
    "voucher": "Voucher",
    "wishlists": "Wishlists",
    "dashboard": "Dashboard",
}
DASHBOARD = (
    "reports", "users", "orders", "catalogue", "offers", "partners", "pages", "ranges", "reviews", "vouchers",
    "communications", "shipping",
)  # fmt: skip
OTHERS = ("widget_tweaks", "haystack", "treebeard", "sorl.thumbnail", "django_tables2")
MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
)
URLS = "oscar_bench_urls"


def configure(folder: str) -> None:
    """An ordinary oscar shop on SQLite that syncs every commit, as ours does."""
    apps = [f"django.contrib.{name}" for name in CONTRIB] + ["oscar.config.Shop"]
    apps += [f"oscar.apps.{name}.apps.{title}Config" for name, title in SHOP.items()]
    apps += [f"oscar.apps.dashboard.{name}.apps.{name.capitalize()}DashboardConfig" for name in DASHBOARD]
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"{folder}/oscar.db",
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
            "transaction_mode": "IMMEDIATE",
        },
    }
    given = {name: getattr(oscar.defaults, name) for name in dir(oscar.defaults) if name.startswith("OSCAR")}
    given["OSCAR_INITIAL_ORDER_STATUS"] = "Pending"
    processors = [
        f"django.contrib.{name}" for name in ("auth.context_processors.auth", "messages.context_processors.messages")
    ]
    settings.configure(
        DEBUG=False,
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": database},
        ROOT_URLCONF=URLS,
        SITE_ID=1,
        INSTALLED_APPS=[*apps, *OTHERS],
        MIDDLEWARE=list(MIDDLEWARE),
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request", *processors]},
            }
        ],
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        STATIC_URL="/static/",
        MEDIA_URL="/media/",
        AUTHENTICATION_BACKENDS=["oscar.apps.customer.auth_backends.EmailBackend"],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        LOGGING_CONFIG=None,
        **given,
    )


def fill() -> list[Any]:
    """Tables, routes, and goods with stock."""
    from django.apps import apps  # noqa: PLC0415 Django wants its settings first
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import transaction  # noqa: PLC0415
    from django.urls import include, path  # noqa: PLC0415
    from oscar.core.loading import get_model  # noqa: PLC0415

    urls: Any = ModuleType(URLS)
    sys.modules[URLS] = urls
    urls.urlpatterns = [path("", include(apps.get_app_config("oscar").urls[0]))]
    call_command("migrate", verbosity=0)
    kinds, stock = get_model("catalogue", "ProductClass"), get_model("partner", "StockRecord")
    kind = kinds.objects.create(name="grocery", requires_shipping=False, track_stock=True)
    partner = get_model("partner", "Partner").objects.create(name="shop")
    goods = []
    with transaction.atomic():
        for n in range(GOODS):
            product = get_model("catalogue", "Product").objects.create(
                title=f"Item {n}", slug=f"item-{n}", upc=f"{n:014d}", product_class=kind, structure="standalone"
            )
            stock.objects.create(
                product=product, partner=partner, partner_sku=str(n), price=Decimal("1.99"), num_in_stock=10**6
            )
            goods.append(product)
    return goods


def sales_per_s(goods: list[Any]) -> tuple[float, float]:
    """(sales per second, ms of CPU per sale)."""
    from django.db import transaction  # noqa: PLC0415
    from oscar.core.loading import get_class, get_model  # noqa: PLC0415

    baskets, creator = get_model("basket", "Basket"), get_class("order.utils", "OrderCreator")
    calculator = get_class("checkout.calculators", "OrderTotalCalculator")
    free, strategy = get_class("shipping.methods", "Free"), get_class("partner.strategy", "Selector")().strategy()

    def sale(n: int) -> None:
        with transaction.atomic():
            basket = baskets.objects.create()
        basket.strategy = strategy
        for line in range(LINES):
            with transaction.atomic():
                basket.add_product(goods[(n * LINES + line) % GOODS])
        with transaction.atomic():
            shipping = free()
            charge = shipping.calculate(basket)
            total = calculator().calculate(basket, charge)
            creator().place_order(basket, total, shipping, charge, order_number=f"B{time.time_ns()}", status="Pending")
            basket.submit()

    sale(0)
    rates, costs = [], []
    for _ in range(ROUNDS):
        began, cpu = time.perf_counter(), time.process_time()
        for n in range(SALES):
            sale(n)
        rates.append(SALES / (time.perf_counter() - began))
        costs.append((time.process_time() - cpu) / SALES * 1000)
    return statistics.median(rates), statistics.median(costs)


def adds_per_s(goods: list[Any]) -> float:
    from django.test import Client  # noqa: PLC0415

    def add(client: Any, n: int) -> None:
        answer = client.post(f"/basket/add/{goods[n].pk}/", {"quantity": 1})
        assert answer.status_code == 302, answer.status_code

    add(Client(), 0)
    rates = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for n in range(ADDS):
            if n % LINES == 0:
                client = Client()  # the next shopper
            add(client, n)
        rates.append(ADDS / (time.perf_counter() - began))
    return statistics.median(rates)


def main() -> None:
    configure(sys.argv[1])
    django.setup()
    goods = fill()
    adds = adds_per_s(goods)
    sales, cpu_ms = sales_per_s(goods)
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        synced = cursor.execute("PRAGMA synchronous").fetchone()[0]
    result = {"adds_per_s": adds, "sales_per_s": sales, "cpu_ms_per_sale": cpu_ms, "synchronous": synced}
    print(json.dumps({**result, "version": oscar.get_version(), "django": django.get_version()}))


if __name__ == "__main__":
    main()
