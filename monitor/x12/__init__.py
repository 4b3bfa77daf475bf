"""X12 837 files as encounters: segments by pyx12, claims and payments put together, rows as text.

One way through: :mod:`~monitor.x12.feed` gives text, :mod:`~monitor.x12.pieces` segments and what
is none, :mod:`~monitor.x12.envelope` holds the counts, :mod:`~monitor.x12.claims` the loops,
:mod:`~monitor.x12.payers` what was paid, :mod:`~monitor.x12.rows` a claim's rows, and
:mod:`~monitor.x12.reader` the batches.
"""
