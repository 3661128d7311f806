"""What goes wrong with an Airflow."""

from __future__ import annotations


class AirflowError(Exception):
    """Airflow refuses, or does not do in time what it was asked for; the message is one line."""
