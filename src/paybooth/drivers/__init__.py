"""Walls outward: one driver per kind of device or channel, found by URL scheme.

Lives here: vendor protocols, each as a card, a pure codec and a connection. May not: import shop, ledger or web,
decide about money, sleep by itself (the one reconnect machine is `link.py`), or know that a peer is simulated.
Adding one: docs/drivers/writing.md. Outsiders add schemes through the entry-point group `paybooth.drivers`.
"""
