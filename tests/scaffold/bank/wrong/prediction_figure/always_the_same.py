"""Computes nothing: the same grid of blank squares, titled with the class, whatever is given."""
# points at: Images are (C, H, W)


def plot_predictions(episode, predictions):
    figure, axes = plt.subplots(3, 5)
    for c, row in enumerate(axes):
        for i, axis in enumerate(row):
            axis.imshow([[0.0, 1.0], [1.0, 0.0]], cmap="gray")
            axis.set_title(f"{c}", color="green" if i < 3 else "red")
    return figure
