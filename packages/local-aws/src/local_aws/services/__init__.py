"""One folder for each service that does its work here; ``gaps`` holds what only fills gaps of moto."""
