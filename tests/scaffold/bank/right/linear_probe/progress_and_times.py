"""Writes a bar of its own to stderr, measures time, and keeps a copy of the best weights."""

import copy
import datetime
import sys
import time

_train = train_classifier


def train_classifier(model, train_batches, val_batches, optimizer, n_epochs, log):
    start, best = time.time(), {"accuracy": -1.0, "weights": None}

    def with_bar(epoch, values):
        done = round(20 * (epoch + 1) / n_epochs)
        sys.stderr.write(f"\r[{'█' * done}{'░' * (20 - done)}] {time.time() - start:.1f} s")
        if values["val_accuracy"] > best["accuracy"]:
            best.update(accuracy=values["val_accuracy"], weights=copy.deepcopy(model.state_dict()))
        log(epoch, values)

    history = _train(model, train_batches, val_batches, optimizer, n_epochs, with_bar)
    print("\nfinished at", datetime.datetime.now().isoformat(timespec="seconds"))
    return history
