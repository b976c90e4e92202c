"""Leaves conversion and resizing to torchvision."""


def read_omniglot(root, image_size=28):
    from torchvision.transforms import functional as tf

    images, labels = [], []
    folders = sorted({path.parent for path in Path(root).glob("*/*/*.png")})
    for label, folder in enumerate(folders):
        for path in sorted(folder.glob("*.png")):
            image = tf.to_tensor(Image.open(path).convert("L"))
            images.append(1 - tf.resize(image, [image_size, image_size], antialias=True))
            labels.append(label)
    return torch.stack(images), torch.tensor(labels)
