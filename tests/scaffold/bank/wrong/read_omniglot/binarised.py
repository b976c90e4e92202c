"""Rounds every pixel to paper or ink after resizing."""
# points at: grey


def read_omniglot(root, image_size=28):
    drawings, labels = [], []
    for label, folder in enumerate(sorted(path for path in Path(root).glob("*/*") if path.is_dir())):
        for path in sorted(folder.glob("*.png")):
            drawing = Image.open(path).convert("L")
            drawing = drawing.resize((image_size, image_size), Image.Resampling.BILINEAR)
            drawings.append((torch.from_numpy(np.array(drawing)) < 128).float())
            labels.append(label)
    return torch.stack(drawings).unsqueeze(1), torch.tensor(labels)
