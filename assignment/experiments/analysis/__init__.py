"""What a trained network does, kept with the run: maps of embeddings, neighbours, mistakes and examples.

`protonet.py` and `simclr.py` collect it, so that the reports need neither network nor data.
"""
