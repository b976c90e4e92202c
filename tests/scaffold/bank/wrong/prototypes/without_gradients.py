"""Computes under no_grad."""
# points at: no_grad
# mistake: detached


def compute_prototypes(support):
    with torch.no_grad():
        return support.mean(dim=1)
