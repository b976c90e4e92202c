"""The pages: drawn from a run's folder alone, so that they can be drawn again without the data and the network.

`record.py` reads the folder, `protonet/` and `simclr/` draw its page, `index.py` the page over all of them. The other
files are what pages are made of.
"""
