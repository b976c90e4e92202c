"""The page of a SimCLR run: `report.py` is its beginning; `sections.py` has numbers, `pictures.py` photographs."""
