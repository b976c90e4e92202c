"""Few-shot accuracy of embeddings made once is that of embedding every episode."""

from __future__ import annotations

import pytest
import torch

pytestmark = pytest.mark.usefixtures("reference")


def test_embedding_once_gives_the_accuracies_of_embedding_every_episode() -> None:
    from experiments.evaluation.few_shot import draw_episodes, evaluate
    from stages.episodes import Episode, sample_episode
    from stages.protonet import ConvEncoder, ProtoNet

    torch.manual_seed(0)
    labels = torch.arange(9).repeat_interleave(7)
    images = torch.rand(9, 1, 1, 20, 20).repeat_interleave(7, 0).flatten(0, 1) + 0.8 * torch.rand(63, 1, 20, 20)
    model = ProtoNet(ConvEncoder(1, 6, 5))
    for parameter in model.parameters():  # scales and shifts of batch normalisation that are not the initial ones
        parameter.data += 0.3 * torch.randn(parameter.shape)
    model.train()(sample_episode(images, labels, 4, 2, 2, torch.Generator()))  # statistics neither
    settings = evaluate(model.encoder, images, labels, (3, 5), (1, 2), 4, 10, 11, torch.device("cpu"))
    assert [(setting.n_way, setting.n_support) for setting in settings] == [(3, 1), (3, 2), (5, 1), (5, 2)]
    assert model.encoder.training, "the mode is restored"
    model.eval()
    for setting in settings:
        draws = draw_episodes(labels, setting.n_way, setting.n_support + 4, 10, torch.Generator().manual_seed(11))
        with torch.no_grad():
            slow = [
                model(Episode(*images[draw].split([setting.n_support, 4], dim=1))).accuracy.item() for draw in draws
            ]
        assert setting.accuracies == pytest.approx(slow, abs=1e-6)
        assert 0 < sum(slow) / 10 < 1


def test_episodes_drawn_at_once_are_like_those_of_sample_episode() -> None:
    from experiments.evaluation.few_shot import draw_episodes
    from stages.episodes import sample_episode

    labels = torch.tensor([7, 3, 3, 9, 7, 3, 9, 5, 9, 3, 5, 7, 5])  # classes of 3 and one of 4, in no order
    numbers = torch.arange(13).view(-1, 1, 1, 1)
    drawn = draw_episodes(labels, 2, 3, 4000, torch.Generator().manual_seed(0))  # (4000, 2, 3)
    generator = torch.Generator().manual_seed(1)
    episodes = [sample_episode(numbers, labels, 2, 1, 2, generator) for _ in range(4000)]
    sampled = torch.stack([torch.cat(episode, dim=1).flatten(1) for episode in episodes])
    counts = []
    for several in (drawn, sampled):
        classes = labels[several]
        assert (classes == classes[..., :1]).all(), "a row holds images of one class"
        assert (classes[:, 0, 0] != classes[:, 1, 0]).all(), "the classes are distinct"
        assert (several.sort(dim=2).values.diff(dim=2) > 0).all(), "so are the images"
        counts.append(torch.stack([several[..., place].flatten().bincount(minlength=13) for place in range(3)]))
    assert (counts[0] - counts[1]).abs().max() < 170  # 500 or 667 are expected: five standard deviations
    with pytest.raises(ValueError, match="4 of 3"):
        draw_episodes(labels, 2, 4, 1, generator)
