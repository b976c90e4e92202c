"""Goes through plt.subplot by number, with bold red for the wrong ones."""


def plot_predictions(episode, predictions):
    figure = plt.figure(dpi=60)
    n_way, n_query = predictions.shape
    number = 0
    for c in range(n_way):
        images = torch.cat([episode.support[c, :1], episode.query[c]])
        for i in range(len(images)):
            number += 1
            plt.subplot(n_way, n_query + 1, number)
            image = images[i].detach().cpu().numpy().transpose(1, 2, 0)
            plt.imshow(image, cmap=plt.cm.gray)
            plt.axis("off")
            if i == 0:
                plt.title("Class %d" % c)
            elif predictions[c, i - 1] != c:
                plt.title("%d" % predictions[c, i - 1], color="r", fontweight="bold")
            else:
                plt.title("%d" % predictions[c, i - 1], color="g")
    plt.tight_layout()
    return figure
