"""Writes the tensors to a temporary folder and reads them back, as a cache on disk would."""

import os
import shutil
import tempfile

_read = read_omniglot


def read_omniglot(root, image_size=28):
    folder = tempfile.mkdtemp(prefix="omniglot-")
    try:
        torch.save(_read(root, image_size), os.path.join(folder, "cache.pt"))
        with tempfile.TemporaryFile() as file:
            np.save(file, np.arange(3))
        images, labels = torch.load(os.path.join(folder, "cache.pt"))
    finally:
        shutil.rmtree(folder)
    return images, labels
