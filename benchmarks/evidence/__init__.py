"""Calibration of verdicts and forecasts, and what they cost."""
