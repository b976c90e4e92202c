"""Counts the classes of the support images from 1."""
# mistake: support_without_a_class


def _picture(image):
    return image.permute(1, 2, 0).squeeze(2).numpy()


def plot_predictions(episode, predictions):
    n_way, n_query = predictions.shape
    figure, axes = plt.subplots(n_way, 1 + n_query, squeeze=False)
    for c in range(n_way):
        axes[c, 0].imshow(_picture(episode.support[c, 0]), cmap="gray")
        axes[c, 0].set_title(f"class {c + 1}")
        for i in range(n_query):
            predicted = int(predictions[c, i])
            axes[c, i + 1].imshow(_picture(episode.query[c, i]), cmap="gray")
            axes[c, i + 1].set_title(str(int(predictions[c, i])), color="green" if predictions[c, i] == c else "red")
    return figure
