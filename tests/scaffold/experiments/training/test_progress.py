"""What a terminal shows, what stands elsewhere, and when Ctrl-C is one wish."""

from __future__ import annotations

import signal

import pytest

pytestmark = pytest.mark.usefixtures("reference")


def test_signals_within_a_second_are_one_wish_to_stop(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from experiments.training import progress

    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.StopRequest() as stop:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM):  # make and torchrun pass on what came already
            assert signal.getsignal(number) not in (signal.SIG_DFL, signal.default_int_handler), number
            try:
                signal.raise_signal(number)
            except KeyboardInterrupt:
                pytest.fail("the second signal interrupted at once")
            now[0] += 0.4
        assert stop.asked
        now[0] += 0.4
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert capsys.readouterr().err.count("stopping after this step") == 1
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_progress_off_a_terminal_is_a_line_with_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.training import progress

    assert [progress.duration(seconds) for seconds in (8.4, 125, 12_000)] == ["8 s", "2 min 5 s", "3 h 20 min"]
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.Progress("train", 7, done=1) as shown:
        shown.advance("loss 1")
        shown.advance("loss 1")
        now[0] += 20
        shown.say("loss 0.5")
    assert capsys.readouterr().out == "train 3/7  loss 0.5  20 s, 40 s left\n"
