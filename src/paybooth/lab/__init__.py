"""The outside world on its real wires: payment gateways, phone, printer, scanner, network cable.

Serves demo, tests and integrators. Each simulator is a server on the true protocol with its own truth (the bank's
books, the paper) and a fault menu over HTTP. May import only `domain`; production code never imports this.
"""
