"""The commands behind the Makefile: they start local_aws, load events, run the DAG and print what came out."""
