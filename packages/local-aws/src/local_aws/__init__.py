"""A local AWS on loopback: moto's APIs, with Firehose, Glue and Athena that really do their work.

Start it with ``python -m local_aws serve``; README.md beside this file says what it executes, stores and refuses.
"""
