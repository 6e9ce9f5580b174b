"""Walls inward: the shop's database. SQLite through apsw, and the only place with SQL.

Lives here: the journal (append-only, hash-chained), the tables beside it, migrations, fsck.
May not: know booths, screens or vendors. One decision is one transaction; what is acknowledged is on disk.
"""
