"""Airflow, PostgreSQL and local_aws in containers."""
