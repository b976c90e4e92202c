"""The page of a ProtoNet run: `report.py` is its beginning, its numbers; `sections.py` what comes below them."""
