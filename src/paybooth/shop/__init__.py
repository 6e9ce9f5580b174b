"""Living floor: one module per role in a shop: booth, till, catalogue, receipts, feed, watch.

Plain asyncio over ports and domain.
May not: name a vendor, hold SQL, open sockets, read the clock except through ports.
One actor per booth: a bounded mailbox, one message at a time, no locks. Wired together by app.py only.
"""
