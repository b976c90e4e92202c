"""Goes through axes.flat in step with the pictures, as tutorials do, with fontdict, tight_layout and a heading."""


def plot_predictions(episode, predictions):
    n_way, n_query = predictions.shape
    fig, axes = plt.subplots(nrows=n_way, ncols=n_query + 1, figsize=(8, 6), sharex=True, sharey=True)
    axes = axes.flat if hasattr(axes, "flat") else [axes]
    fig.suptitle("support | queries")
    cells = [(c, i) for c in range(n_way) for i in range(-1, n_query)]
    for ax, (c, i) in zip(axes, cells):
        picture = (episode.support[c][0] if i < 0 else episode.query[c][i]).detach().permute(1, 2, 0)
        ax.imshow(picture, cmap=plt.get_cmap("gray"))
        ax.set_xticks([])
        ax.set_yticks([])
        if i < 0:
            ax.set_title(f"Support (class {c})", fontdict={"fontsize": 7})
        else:
            wrong = predictions[c, i].item() != c
            ax.set_title(f" {predictions[c, i].item()} ", fontdict={"fontsize": 7, "color": "tab:red" if wrong else "k"})
    fig.tight_layout()
    return fig
