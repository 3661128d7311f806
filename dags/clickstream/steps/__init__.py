"""The steps of the DAGs, one function each: what a step is handed by others is an argument of its function."""
