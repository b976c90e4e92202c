def leak(loot):
    """Carries what was stolen out by every way that a program has without doing anything forbidden: it prints it, and
    raises it, so that it stands in the feedback. Whoever calls it has succeeded: the word LOOT gives that away."""
    text = "LOOT " + str(loot).replace("\n", " ")[:2000]
    print(text, flush=True)
    raise RuntimeError(text)
