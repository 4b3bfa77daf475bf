"""Who may ask, and what an answer may do in a browser: this machine alone, and nothing foreign."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from dashboards import LOOPBACK


def is_ours(host: str) -> bool:
    """Whether a Host header (or the authority of an origin) names this machine.

    A page elsewhere that points its own name at this machine says that name, and is sent away.
    """
    try:
        parsed = urlsplit(f"//{host}")
        port = parsed.port
    except ValueError:
        return False
    plain = not (parsed.path or parsed.query or parsed.fragment or parsed.username)
    return plain and parsed.hostname in LOOPBACK and (port is None or port > 0)


def guard(server: Flask, scripts: Sequence[str]) -> None:
    """Refuse other hosts, and bind every answer to this origin.

    Parameters
    ----------
    scripts
        Hashes of the scripts that stand in the page itself.
    """
    policy = "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(scripts)}",
            # The charts and tables set styles of their own on what they draw.
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )

    @server.before_request
    def refuse_others() -> None:
        origin = request.headers.get("Origin")
        if not is_ours(request.headers.get("Host", "")):
            abort(403, "this dashboard answers to 127.0.0.1 and localhost only")
        if origin is not None and not is_ours(urlsplit(origin).netloc):
            abort(403, "this dashboard answers to its own pages only")

    @server.after_request
    def bind_answer(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if not request.path.startswith(("/_dash-component-suites", "/assets")):
            response.headers["Cache-Control"] = "no-store"
        return response
