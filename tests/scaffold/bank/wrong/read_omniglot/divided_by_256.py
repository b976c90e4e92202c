"""Divides by 256, so that white paper is not quite 0."""
# points at: paper


def read_omniglot(root, image_size=28):
    drawings, labels = [], []
    for label, folder in enumerate(sorted(path for path in Path(root).glob("*/*") if path.is_dir())):
        for path in sorted(folder.glob("*.png")):
            drawing = Image.open(path).convert("L")
            if drawing.size != (image_size, image_size):
                drawing = drawing.resize((image_size, image_size), Image.Resampling.BILINEAR)
            drawings.append(1 - torch.from_numpy(np.array(drawing)).float() / 256)
            labels.append(label)
    return torch.stack(drawings).unsqueeze(1), torch.tensor(labels)
