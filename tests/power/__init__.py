"""Power cuts, full disks and broken disks under the product's own ledger.

Lives here: a VFS that writes down every change the product makes to its files (`disk`), a short life of a shop (`day`),
the cuts with their judge and controls (`cuts`), faults at the n-th write (`test_faults`). `python -m tests.power` plays
any number of cuts. May not: know anything of the ledger but what a shop knows, except to shrink its checkpoints.
"""
