"""Opens whatever lies in a character's folder."""
# points at: cannot identify image file


def read_omniglot(root, image_size=28):
    drawings, labels = [], []
    for label, folder in enumerate(sorted(path for path in Path(root).glob("*/*") if path.is_dir())):
        for path in sorted(folder.iterdir()):
            drawing = Image.open(path).convert("L")
            drawing = drawing.resize((image_size, image_size), Image.Resampling.BILINEAR)
            drawings.append(1 - torch.from_numpy(np.array(drawing)).float() / 255)
            labels.append(label)
    return torch.stack(drawings).unsqueeze(1), torch.tensor(labels)
