"""Joins the images of a row into one strip."""
# points at: grid of 3 rows


def plot_predictions(episode, predictions):
    figure, axes = plt.subplots(len(predictions), 1, squeeze=False)
    for c in range(len(predictions)):
        strip = torch.cat([episode.support[c, 0], *episode.query[c]], dim=2)
        axes[c, 0].imshow(strip.permute(1, 2, 0).numpy(), cmap="gray")
        axes[c, 0].set_title(" ".join(str(k) for k in predictions[c].tolist()))
    return figure
