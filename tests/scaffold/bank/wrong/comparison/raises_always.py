"""Computes nothing: refuses everything."""


def confidence_interval(accuracies):
    raise ValueError("not enough accuracies")


def plot_comparison(probe, baseline):
    raise ValueError("no history")
