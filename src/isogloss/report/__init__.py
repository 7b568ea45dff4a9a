"""The report: findings, tables and pictures from the rows of a results folder."""

from isogloss.report.build import build
from isogloss.report.model import Report
from isogloss.report.terminal import claims, summary
from isogloss.report.write import table, write, write_html

__all__ = ["Report", "build", "claims", "summary", "table", "write", "write_html"]
