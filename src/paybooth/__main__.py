"""`python -m paybooth` is `paybooth`."""

from .cli import main

main()
