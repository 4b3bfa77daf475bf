"""Findings leave: as CSV, JSON, a workbook and a page, masked and safe to open."""

from monitor.export.mask import ExportError, Mask
from monitor.export.report import export_findings, write_report

__all__ = ["ExportError", "Mask", "export_findings", "write_report"]
