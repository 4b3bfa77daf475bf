"""Findings leave: as CSV, JSON, a workbook and a page, masked and safe to open."""
