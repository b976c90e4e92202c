"""Sets matmul precision and determinism, and asks autocast to keep out."""

torch.set_float32_matmul_precision("high")


def nt_xent_loss(z1: Tensor, z2: Tensor, temperature: float = 0.5) -> Tensor:
    torch.use_deterministic_algorithms(True, warn_only=True)
    with torch.autocast("cpu", enabled=False):
        b = len(z1)
        z = torch.cat([z1, z2])
        z = z / torch.linalg.vector_norm(z, dim=1, keepdim=True).clamp_min(1e-12)
        logits = torch.cat([z[:b] @ z.T, z[b:] @ z.T]) / temperature
        keep = ~torch.eye(2 * b, dtype=torch.bool, device=z.device)
        denominator = torch.logsumexp(logits.where(keep, torch.tensor(-torch.inf, dtype=z.dtype)), dim=1)
        positive = torch.cat([torch.diagonal(logits, b), torch.diagonal(logits, -b)])
    torch.use_deterministic_algorithms(False)
    return (denominator - positive).mean()
