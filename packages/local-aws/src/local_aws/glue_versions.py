"""What AWS says of its Glue versions: the release of Spark that each one stands for."""

from __future__ import annotations

# Glue version -> Spark release, as exact as an installed PySpark has to be.
SPARK_OF_GLUE_VERSION = {"5.0": "3.5.4", "5.1": "3.5.6", "6.0": "4.1"}
DEFAULT_GLUE_VERSION = "5.1"


def format_glue_versions() -> str:
    """All of them in one phrase, for messages."""
    *first, last = (f"Glue {glue} (Spark {spark})" for glue, spark in SPARK_OF_GLUE_VERSION.items())
    return f"{', '.join(first)} and {last}"
