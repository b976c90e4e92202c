"""Turns torch's switches in passing: anomaly detection, the printing of tensors, the number of threads."""

import sys


def train_simclr(model, batches, augmentation, optimizer, temperature, log):
    torch.set_printoptions(precision=3, sci_mode=False)
    torch.set_num_threads(1)
    sys.setrecursionlimit(5000)
    model.train()
    with torch.autograd.set_detect_anomaly(True), torch.enable_grad():
        for step, images in enumerate(batches):
            first, second = two_views(images, augmentation)
            z1, z2 = model(torch.cat([first, second])).tensor_split(2)
            loss = nt_xent_loss(z1, z2, temperature)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            print(f"\rstep {step}: {loss:.3f}", end="", file=sys.stderr)
            log(step, {"loss": loss.item()})
