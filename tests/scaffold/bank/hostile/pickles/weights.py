"""Hands in weights that are a pickle under the name of a safetensors file, and a stage that would be right."""

STAGE = "prototypes"
GAIN = "a command in the process of whoever loads the weights"
KIND = "folder"
OUTCOMES = ("error",)


def plant(submission, ground):
    import pickle

    class Payload:
        def __reduce__(self):
            return open, (str(ground.outbox / "unpickled"), "w")

    for name in ("weights/model.safetensors", "weights/model.pt", "stages/weights.pkl"):
        path = submission / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(pickle.dumps(Payload()))
