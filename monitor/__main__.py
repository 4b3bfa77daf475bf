"""``python -m monitor`` is the command ``carvein``."""

from monitor.cli import main

main()
