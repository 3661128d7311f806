"""Sample events: a small file, a seeded generator, and a producer that sends events to a Firehose delivery stream."""
