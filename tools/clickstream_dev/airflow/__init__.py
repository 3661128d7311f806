"""Runs this checkout's DAGs in Airflow, and speaks to Airflow over HTTP."""
