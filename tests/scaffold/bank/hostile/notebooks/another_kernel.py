"""Names a kernel of its own, whose start command would be the attack, and widgets with state."""

STAGE = "nt_xent"
GAIN = "a command when the notebook is opened or executed"
KIND = "notebook"
REPORTED = ""


def tamper(notebook):
    notebook["metadata"]["kernelspec"] = {"name": "../../evil", "display_name": "evil", "language": "bash"}
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"a": {}}}}
