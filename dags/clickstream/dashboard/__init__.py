"""The dashboard: one HTML page a report date and a page that lists them, for people and free of scripts."""
