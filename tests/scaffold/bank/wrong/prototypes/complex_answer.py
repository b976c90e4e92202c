"""Averages by a Fourier transform and forgets to take the real part."""
# points at: real numbers


def compute_prototypes(support):
    return torch.fft.fft(support, dim=1)[:, 0] / support.shape[1]
