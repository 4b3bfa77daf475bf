"""What happens: a submission comes in, findings go out."""

from importlib.util import find_spec
from pathlib import Path

__version__ = "0.1.0"

_home = Path(__file__).resolve().parent.parent
for _name in ("rules", "geodata"):
    _spec = find_spec(_name)
    if _spec is None or _spec.origin is None or Path(_spec.origin).resolve().parent.parent != _home:
        _found = _spec.origin if _spec else "nothing"
        raise ImportError(
            f"carvein needs its own package {_name!r} beside {_home / 'monitor'}, but found "
            f"{_found}: uninstall the other package of that name, or install carvein alone"
        )
