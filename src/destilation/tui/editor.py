"""A text in the editor that the user has chosen (`VISUAL`, `EDITOR`), while the screen is put away."""

import os
import shlex
import subprocess
import tempfile
from typing import Any

from textual.app import App


def edit(app: App[Any], text: str) -> None:
    """Open a copy of the text; what is changed in it changes nothing here."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        app.notify("set EDITOR to the program that is to open it", markup=False)
        return
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
        file.write(text)
    try:
        with app.suspend():
            subprocess.run([*shlex.split(editor), file.name], check=False)
    except OSError as error:
        app.notify(f"{editor}: {error.strerror}", severity="warning", markup=False)
