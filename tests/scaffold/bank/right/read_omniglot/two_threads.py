"""Reads the drawings with a pool of two threads."""

from concurrent.futures import ThreadPoolExecutor


def _read(task):
    path, label, size = task
    with Image.open(path) as file:
        drawing = file.convert("L").resize((size, size), Image.Resampling.BILINEAR)
    return 1 - np.asarray(drawing, dtype=np.float32) / 255, label


def read_omniglot(root, image_size=28):
    folders = sorted(path for path in Path(root).glob("*/*") if path.is_dir())
    tasks = [(path, label, image_size) for label, folder in enumerate(folders) for path in sorted(folder.glob("*.png"))]
    with ThreadPoolExecutor(max_workers=2) as pool:
        drawings, labels = zip(*pool.map(_read, tasks))
    return torch.from_numpy(np.stack(drawings))[:, None], torch.tensor(labels)
