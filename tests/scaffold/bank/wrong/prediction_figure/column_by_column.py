"""Makes the axes column by column, so that they are not in reading order."""
# points at: reading order


def plot_predictions(episode, predictions):
    n_way, n_query = predictions.shape
    figure = plt.figure()
    for column in range(1 + n_query):
        for c in range(n_way):
            axes = figure.add_subplot(n_way, 1 + n_query, c * (1 + n_query) + column + 1)
            image = episode.support[c, 0] if column == 0 else episode.query[c, column - 1]
            axes.imshow(image.permute(1, 2, 0).numpy(), cmap="gray")
            if column == 0:
                axes.set_title(f"class {c}")
            else:
                right = predictions[c, column - 1] == c
                axes.set_title(str(int(predictions[c, column - 1])), color="green" if right else "red")
    return figure
