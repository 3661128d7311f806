"""The reports: their SQL, their dates and what they cost."""
