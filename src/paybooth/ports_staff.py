"""The floor plan's sheet for staff: where what they prove themselves with is kept."""

from __future__ import annotations

from typing import Protocol

from .domain.account import Link, Passkey, Proofs, Session


class Vault(Protocol):
    """Secrets and sessions of staff, apart from the journal, so that they can be erased.

    Each call is on disk when it returns, blocks for a few milliseconds, and raises LedgerFault where the disk fails.
    """

    def proofs(self, name: str) -> Proofs: ...
    def keep_proofs(self, name: str, proofs: Proofs) -> None: ...

    def passkeys(self, name: str) -> list[Passkey]:
        """Of one person, oldest first."""
        ...

    def passkey(self, id_: str) -> Passkey | None: ...

    def keep_passkey(self, passkey: Passkey) -> None:
        """A new one, or one that was used."""
        ...

    def drop_passkey(self, name: str, id_: str) -> bool:
        """False where they have none like it."""
        ...

    def open_session(self, hash_: str, session: Session) -> int:
        """Its number; `hash_` is that of its token."""
        ...

    def sessions(self) -> dict[str, Session]:
        """By the hash of their token."""
        ...

    def seen(self, session: Session) -> None:
        """Keep when it was last used, and when proved."""
        ...

    def close_session(self, number: int) -> None: ...

    def put_link(self, hash_: str, link: Link) -> None:
        """The one link of that name from now on."""
        ...

    def link(self, hash_: str) -> Link | None: ...

    def take_link(self, hash_: str) -> bool:
        """Use it up; False where somebody was quicker."""
        ...

    def forget(self, name: str) -> None:
        """Everything of somebody."""
        ...
