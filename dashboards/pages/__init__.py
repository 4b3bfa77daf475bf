"""One page a file. Nothing registers itself: ``app.py`` names the pages."""
