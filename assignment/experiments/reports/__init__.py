"""The pages: drawn from a run's folder alone, so that they can be drawn again without the data and the network.

`record.py` reads the folder, `protonet/` and `simclr/` return the sections of its page, `index.py` those of the page
over all runs. `parts.py` says what sections are made of, and `page.html` draws them.
"""
