"""Drops dimensions of length one and puts the channel back, which a single drawing does not survive."""
# points at: should have the shape


def read_omniglot(root, image_size=28):
    drawings, labels = [], []
    for label, folder in enumerate(sorted(path for path in Path(root).glob("*/*") if path.is_dir())):
        for path in sorted(folder.glob("*.png")):
            pixels = torch.from_numpy(np.array(Image.open(path).convert("L"))).float()[None, None] / 255
            if pixels.shape[-1] != image_size:
                pixels = torch.nn.functional.interpolate(pixels, size=(image_size, image_size), mode="bilinear")
            drawings.append(1 - pixels[0])
            labels.append(label)
    return torch.stack(drawings).squeeze().unsqueeze(1), torch.tensor(labels)
