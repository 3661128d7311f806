"""The operators of the DAGs: the Amazon provider's, with what the pipeline needs on top."""
