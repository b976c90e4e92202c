"""Goes through the folders with os."""

import os


def read_omniglot(root, image_size=28):
    images, labels, n_classes = [], [], 0
    for alphabet in sorted(os.listdir(root)):
        if not os.path.isdir(os.path.join(root, alphabet)):
            continue
        for character in sorted(os.listdir(os.path.join(root, alphabet))):
            folder = os.path.join(root, alphabet, character)
            if not os.path.isdir(folder):
                continue
            for name in sorted(os.listdir(folder)):
                if name.endswith(".png"):
                    image = Image.open(os.path.join(folder, name)).convert("L").resize((image_size, image_size), 1)
                    images.append(1.0 - np.asarray(image, dtype=np.float32) / 255.0)
                    labels.append(n_classes)
            n_classes += 1
    return torch.from_numpy(np.stack(images))[:, None], torch.tensor(labels, dtype=torch.long)
