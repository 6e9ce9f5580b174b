"""`kill -9` of the real process on real wires, again and again; then the simulator's judges look at bank, paper and ledger.

No simulated time and no port is replaced here: `paybooth run`, the lab's gateways over signed HTTP, the lab's printer.
"""
