"""Counts the characters of each alphabet from 0."""
# points at: class is a character


def read_omniglot(root, image_size=28):
    drawings, labels = [], []
    for label, folder in enumerate(sorted(path for path in Path(root).glob("*/*") if path.is_dir())):
        for path in sorted(folder.glob("*.png")):
            drawing = Image.open(path).convert("L")
            drawing = drawing.resize((image_size, image_size), Image.Resampling.BILINEAR)
            drawings.append(1 - torch.from_numpy(np.array(drawing)).float() / 255)
            labels.append(sorted(p.name for p in folder.parent.iterdir()).index(folder.name))
    return torch.stack(drawings).unsqueeze(1), torch.tensor(labels)
