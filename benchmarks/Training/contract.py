"""What both sides of a row share: sizes, data order, optimizer, and the names of the modes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Size:
    layers: int
    width: int
    heads: int
    context: int
    batch: int
    vocabulary: int

    @property
    def parameters(self) -> int:
        block = 12 * self.width * self.width + 13 * self.width
        return self.vocabulary * self.width + self.context * self.width + self.layers * block + 2 * self.width

    @property
    def tokens(self) -> int:
        return self.batch * self.context

    def step_flops(self) -> int:
        """6 operations a parameter and token, and attention's two products (Chowdhery et al., arXiv:2204.02311, appendix B)."""
        return self.tokens * (6 * self.parameters + 12 * self.layers * self.width * self.context)


def load(path: Path) -> tuple[dict[str, Size], dict]:
    """Reads contract.json, which the C# side reads too."""
    content = json.loads(path.read_text())
    return {name: Size(**size) for name, size in content["sizes"].items()}, content["optimizer"]
