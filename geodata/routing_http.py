"""One question to a Valhalla server: over HTTP, only to where the user has said, with patience.

Redirects are refused and proxies of the environment are not used: points go to the server that was
named and to no other. An answer is read up to a bound, and read as JSON without NaN.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

from geodata.travel import TravelError

Ask = Callable[[dict[str, Any]], Any]
"""Takes a request of ``sources_to_targets`` and returns its answer; raises :class:`Refused`."""

SECONDS = 60.0
"""How long a server may be silent."""

WAITS = (0.5, 2.0, 8.0)
"""Seconds before each further try, where a server is busy or does not answer."""

LARGEST = 32 * 2**20
"""Bytes of the largest answer that is read; 2,500 pairs take under 1 MB."""

_BUSY = frozenset((429, 500, 502, 503, 504))
_LONGEST_WAIT = 30.0


class Refused(Exception):
    """The server understood and said no; ``code`` is Valhalla's ``error_code``, 0 where unsaid."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *asked: Any) -> None:
        """Follow none: the answer itself is then an error."""


def check_server(url: str, send_points: bool) -> str:
    """Return the address of a server's matrix, if points may be sent there.

    Raises
    ------
    TravelError
        When the address is none, or names another machine and ``send_points`` is False.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = SplitResult("", "", "", "", ""), "", None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not host or port == 0 or not plain:
        raise TravelError(
            f"{url[:200]}: not a routing server; wanted an address as http://127.0.0.1:8002, "
            "without user name, query or fragment"
        )
    if not url.isascii() or not url.isprintable() or " " in url:
        raise TravelError("the routing server's address holds characters that an address has not")
    if not is_loopback(host) and not send_points:
        raise TravelError(
            f"{host} is not this machine: the points where members live (rounded to a grid of 0.01 "
            "degree, without ids) would be sent there; say --send-points if they may be"
        )
    path = parts.path.rstrip("/")
    tail = "" if path.endswith("/sources_to_targets") else "/sources_to_targets"
    return parts._replace(path=path + tail).geturl()


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its name alone: ``localhost``, 127/8 or ::1."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def asker(address: str, waits: tuple[float, ...] = WAITS, seconds: float = SECONDS) -> Ask:
    """Return a function that asks the server at ``address`` (of :func:`check_server`).

    Busy servers, lost connections and silences are tried again after each of ``waits``; then they
    raise TravelError, as an answer does that is no JSON or too large.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)
    host = urlsplit(address).netloc

    def ask(request: dict[str, Any]) -> Any:
        body = json.dumps(request, separators=(",", ":")).encode()
        for wait in (*waits, None):
            try:
                return _once(opener, address, body, seconds)
            except _Busy as busy:
                if wait is None:
                    tries = f"{len(waits) + 1} tries"
                    raise TravelError(f"{host}: no answer after {tries}: {busy}") from busy
                time.sleep(max(wait, busy.after))
        raise AssertionError

    return ask


class _Busy(Exception):
    """Another try may help; not before ``after`` seconds."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


def _once(opener: urllib.request.OpenerDirector, address: str, body: bytes, seconds: float) -> Any:
    host = urlsplit(address).netloc
    sent = urllib.request.Request(
        address,
        body,
        {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "carvein"},
    )
    try:
        with opener.open(sent, timeout=seconds) as answer:
            read = answer.read(LARGEST + 1)
    except urllib.error.HTTPError as fault:
        with fault:
            _refused(fault, host)
    except (http.client.HTTPException, OSError) as fault:
        reason = getattr(fault, "reason", None) or fault
        raise _Busy(str(reason)[:200] or type(fault).__name__) from fault
    return _json(read, host)


def _refused(fault: urllib.error.HTTPError, host: str) -> NoReturn:
    """Say what an answer other than 200 means."""
    if 300 <= fault.code < 400:
        raise TravelError(f"{host}: answers with a redirect ({fault.code}), which is not followed")
    if fault.code in _BUSY:
        after = fault.headers.get("Retry-After", "")
        wait = min(float(after), _LONGEST_WAIT) if after.isdecimal() else 0.0
        raise _Busy(f"HTTP {fault.code}", wait)
    try:
        told = _json(fault.read(LARGEST + 1), host)
    except (TravelError, http.client.HTTPException, OSError):
        told = None
    said = told if isinstance(told, dict) else {}
    code = said.get("error_code")
    words = str(said.get("error", ""))[:200]
    message = f"HTTP {fault.code} {words}".strip()
    raise Refused(message, code if isinstance(code, int) else 0)


def _json(read: bytes, host: str) -> Any:
    if len(read) > LARGEST:
        raise TravelError(f"{host}: an answer of more than {LARGEST:,} bytes; it was not read")
    try:
        return json.loads(read, parse_constant=_no_constant)
    except (ValueError, RecursionError) as fault:
        raise TravelError(f"{host}: the answer is not JSON; is this a Valhalla server?") from fault


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
