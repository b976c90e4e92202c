"""The charts of the pages, drawn by matplotlib in the page's colours and fonts (`theme.py`)."""
