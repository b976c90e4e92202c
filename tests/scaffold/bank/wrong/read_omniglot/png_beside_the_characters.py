"""Takes every second level of the tree for a class, also a PNG file directly in an alphabet's folder."""
# points at: folders are classes


def read_omniglot(root, image_size=28):
    drawings, labels = [], []
    for label, folder in enumerate(sorted({path.parent for path in Path(root).rglob("*.png")})):
        for path in sorted(folder.glob("*.png")):
            pixels = torch.from_numpy(np.array(Image.open(path).convert("L"))).float()[None, None] / 255
            if pixels.shape[-1] != image_size:
                pixels = torch.nn.functional.interpolate(pixels, size=(image_size, image_size), mode="bilinear")
            drawings.append(1 - pixels[0])
            labels.append(label)
    return torch.stack(drawings), torch.tensor(labels)
