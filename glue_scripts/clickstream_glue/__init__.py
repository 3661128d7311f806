"""The Glue job's transforms: pure functions from DataFrame to DataFrame, on plain PySpark without I/O.

The order of the work, one module each: ``records`` (lines to records), ``parsing`` (records to texts),
``timestamps`` and ``values`` (texts to types), ``classification`` (the reason to quarantine), ``identity``
(event ids and duplicates), ``staging`` (the single write's rows), ``counts`` (what the ledger says).

Built-in Spark functions only: a Python function would send every row through a Python process.
"""
