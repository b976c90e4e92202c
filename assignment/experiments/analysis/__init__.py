"""What a trained network does, kept with the run: maps of embeddings, neighbours, mistakes, examples.

`protonet.py` and `simclr.py` collect it, so that the reports need neither network nor data.
"""
