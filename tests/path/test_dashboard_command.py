"""`carvein dashboard` and its server live and end together."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest


def test_the_server_ends_with_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "monitor", "dashboard", "--store", "sqlite:///s.db"]
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    child = subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert child.stdout is not None
        assert f"on http://127.0.0.1:{port} " in child.stdout.readline()
        socket.create_connection(("127.0.0.1", port), 10).close()
        child.send_signal(signal.SIGTERM)
        assert child.wait(30) == 128 + signal.SIGTERM
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 10)
    finally:
        child.kill()
