"""Always resizes to 28."""
# points at: image_size=20


def read_omniglot(root, image_size=28):
    drawings, labels = [], []
    for label, folder in enumerate(sorted(path for path in Path(root).glob("*/*") if path.is_dir())):
        for path in sorted(folder.glob("*.png")):
            drawing = Image.open(path).convert("L")
            drawing = drawing.resize((28, 28), Image.Resampling.BILINEAR)
            drawings.append(1 - torch.from_numpy(np.array(drawing)).float() / 255)
            labels.append(label)
    return torch.stack(drawings).unsqueeze(1), torch.tensor(labels)
