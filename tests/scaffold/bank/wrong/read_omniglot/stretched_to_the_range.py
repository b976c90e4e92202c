"""Stretches every drawing to [0, 1] by its smallest and largest value."""
# points at: stretched


def read_omniglot(root, image_size=28):
    drawings, labels = [], []
    for label, folder in enumerate(sorted(path for path in Path(root).glob("*/*") if path.is_dir())):
        for path in sorted(folder.glob("*.png")):
            pixels = torch.from_numpy(np.array(Image.open(path).convert("L"))).float()[None, None] / 255
            pixels = (pixels - pixels.min()) / (pixels.max() - pixels.min()).clamp(min=1e-8) if pixels.max() > pixels.min() else pixels
            if pixels.shape[-1] != image_size:
                pixels = torch.nn.functional.interpolate(pixels, size=(image_size, image_size), mode="bilinear")
            drawings.append(1 - pixels[0])
            labels.append(label)
    return torch.stack(drawings), torch.tensor(labels)
