"""Makes the figure without pyplot, with add_subplot and a grid of its own."""


def plot_predictions(episode, predictions):
    support, query = episode
    n_way, n_query = query.shape[:2]
    figure = Figure(figsize=(1.2 * (n_query + 1), 1.5 * n_way), layout="tight")
    grid = figure.add_gridspec(n_way, n_query + 1)
    for row in range(n_way):
        for column in range(n_query + 1):
            axes = figure.add_subplot(grid[row, column])
            image = support[row, 0] if column == 0 else query[row, column - 1]
            if image.shape[0] == 1:
                axes.imshow(image[0].tolist(), cmap="Greys_r", interpolation="nearest")
            else:
                axes.imshow(image.movedim(0, -1).clamp(0, 1).tolist())
            axes.set(xticks=[], yticks=[])
            if column == 0:
                axes.set_title(f"support of class {row}", color="navy", fontsize=8)
                continue
            predicted = predictions[row, column - 1].item()
            axes.set_title(f"{predicted}")
            axes.title.set_color("#009900" if predicted == row else "#cc0000")
    figure.suptitle("Predictions")
    return figure
