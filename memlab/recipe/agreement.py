"""How a variant's output is held against the baseline's: proof that both did the same work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """A rule by which two outputs count as the same.

    Attributes:
        kind: `exact`: type, shape and every byte are the same.
    """

    kind: str

    def to_dict(self) -> dict[str, object]:
        """The rule as JSON values."""
        return {"kind": self.kind}


exact = Agreement("exact")
"""The default: the digests of type, shape and bytes are equal."""
