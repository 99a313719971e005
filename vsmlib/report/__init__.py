"""Reports: a notebook run by papermill with checked parameters, and the one page made of it."""

from vsmlib.report.bar import Bar
from vsmlib.report.batch import run_all
from vsmlib.report.forms import write_alerts
from vsmlib.report.page import Cards, render_html
from vsmlib.report.parameters import check_parameters, parameters_of
from vsmlib.report.portfolio import Job, is_portfolio
from vsmlib.report.run import ReportPaths, report, run_notebook

__all__ = [
    "Bar",
    "Cards",
    "Job",
    "ReportPaths",
    "check_parameters",
    "is_portfolio",
    "parameters_of",
    "render_html",
    "report",
    "run_all",
    "run_notebook",
    "write_alerts",
]
