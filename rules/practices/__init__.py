"""Practices and their sites: who serves both sides under one roof."""
