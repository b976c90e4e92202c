"""Describes the head by a frozen dataclass with checks, and types everything."""

from dataclasses import dataclass, field
from typing import ClassVar, Optional


@dataclass(frozen=True)
class HeadConfig:
    in_dim: int = 512
    hidden_dim: int = 512
    out_dim: int = 128
    tags: list[str] = field(default_factory=list)
    depth: ClassVar[int] = 2

    def __post_init__(self) -> None:
        if min(self.in_dim, self.hidden_dim, self.out_dim) < 1:
            raise ValueError(f"sizes should be positive, got {self}")

    def layers(self, activation: Optional[nn.Module] = None) -> list[nn.Module]:
        first, last = nn.Linear(self.in_dim, self.hidden_dim), nn.Linear(self.hidden_dim, self.out_dim)
        return [first, activation or nn.ReLU(), last]


class ProjectionHead(nn.Sequential):
    def __init__(self, in_dim: int = 512, hidden_dim: int = 512, out_dim: int = 128):
        config = HeadConfig(in_dim, hidden_dim, out_dim=out_dim)
        super().__init__(*config.layers())
        self.config = config
