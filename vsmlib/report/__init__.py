"""Reports: a notebook run by papermill with checked parameters, and the one page made of it."""

from vsmlib.report.page import Cards, render_html
from vsmlib.report.parameters import check_parameters, parameters_of
from vsmlib.report.run import ReportPaths, report, run_notebook

__all__ = [
    "Cards",
    "ReportPaths",
    "check_parameters",
    "parameters_of",
    "render_html",
    "report",
    "run_notebook",
]
