"""The checks that decide whether a date may be published."""
