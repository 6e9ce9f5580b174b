"""Paybooth: the open staff-less shop.

Floors, imports only downward (the contracts are in pyproject.toml):

    cli, app, config      roof: read one TOML, build everything, run one TaskGroup
    web                   windows: the screens of the shop
    shop                  living floor: booths, till, catalogue, feed, watch (asyncio; no vendor, no SQL)
    drivers | ledger      walls: devices and channels | SQLite
    ports                 floor plan: what the shop needs from outside, as Protocols
    domain                ground: pure values, rules, state machines
    lab                   the outside world on its real wires; imports only domain
"""

__version__ = "0.1.0"
