"""What is kept of a fault of carvein's own: a log file for the developers, private to the user."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from monitor import __version__


def log_trouble(error: BaseException, arguments: Sequence[str]) -> Path:
    """Write the trace of an error to a file of mode 0600 in the temporary folder.

    Returns
    -------
    The path of the file.
    """
    handle, name = tempfile.mkstemp(prefix="carvein-error-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as log:
        log.write(f"carvein {__version__}, Python {platform.python_version()}\n")
        log.write(f"arguments: {' '.join(arguments)}\n\n")
        log.writelines(traceback.format_exception(error))
    return Path(name)
