"""Asserts what it expects, and tests itself when it is run as a program."""


def compute_prototypes(support):
    assert support.dim() == 3, f"expected (n_way, n_support, D), got {tuple(support.shape)}"
    prototypes = torch.mean(support, 1)
    assert prototypes.shape == (support.size(0), support.size(2))
    return prototypes


if __name__ == "__main__":
    example = torch.tensor([[[0.0, 2.0], [4.0, 6.0]], [[1.0, 1.0], [3.0, 5.0]]])
    print(compute_prototypes(example))
    raise SystemExit(0)
