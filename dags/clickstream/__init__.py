"""The clickstream pipeline's shared package: what the DAGs, the Glue job and the tools around them agree on."""
