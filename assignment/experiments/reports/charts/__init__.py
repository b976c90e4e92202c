"""The charts of the pages, drawn by matplotlib in the colours and letters of the page (`theme.py`)."""
