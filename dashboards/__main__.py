"""``python -m dashboards``: serve the dashboard of a store on this machine."""

from __future__ import annotations

import argparse
import errno
import logging
import socket
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from threading import Thread
from typing import Any, NoReturn

from dashboards import LOOPBACK

BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until Ctrl-C; exit 2 with one line when that cannot be."""
    asked = _read(arguments)
    if asked.host not in LOOPBACK:
        _fail(
            f"--host {asked.host}: the dashboard has no users and roles yet, so it serves this "
            f"machine only; wanted one of {', '.join(LOOPBACK)}"
        )
    if find_spec("dash") is None:
        _fail("the dashboard is not installed: run `pip install 'carvein[dashboard]'`")
    listening = _listen(asked.host, asked.port)
    from dashboards.app import create_app
    from dashboards.data import StoreError

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    try:
        app = create_app(asked.store)
    except StoreError as error:
        _fail(str(error))
    serve(app, listening, asked.host)


def serve(app: Any, listening: socket.socket, host: str) -> None:
    """Answer requests on a socket that listens, each in a thread of its own, until Ctrl-C."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    from dashboards.app import warm

    class Quiet(WSGIRequestHandler):
        """Logs what goes wrong, not every request."""

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing of a request that was answered."""

    port = listening.getsockname()[1]
    made = make_server(
        host, port, app.server, threaded=True, request_handler=Quiet, fd=listening.fileno()
    )
    shown = f"[{host}]" if ":" in host else host
    name = app.server.extensions["archive"].url
    print(f"Dashboard of {name} on http://{shown}:{port} (Ctrl-C stops)", flush=True)
    Thread(target=warm, args=(app,), daemon=True).start()
    try:
        made.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        made.server_close()


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m dashboards", description="Serve the dashboard of a store on this machine."
    )
    parser.add_argument(
        "--store", default="sqlite:///carvein.db", help="SQLAlchemy URL of the store"
    )
    parser.add_argument("--port", type=int, default=8050, help="port to serve on")
    parser.add_argument("--host", default="127.0.0.1", help="loopback only, for now")
    return parser.parse_args(arguments)


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the port, or leave with one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            _fail(f"port {port} is in use by another program: name a free one with --port")
        _fail(f"--host {host} --port {port}: cannot listen there: {error}")
    return listening


def _fail(message: str) -> NoReturn:
    print(f"carvein: {message}", file=sys.stderr)
    raise SystemExit(BAD_INPUT)


if __name__ == "__main__":
    main()
